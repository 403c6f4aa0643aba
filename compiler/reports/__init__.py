"""What a command found, in the formats that other tools read."""
