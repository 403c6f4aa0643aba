"""What a row change reads and writes, and whether it may run twice."""
