"""What makemigrations would do, as specs."""
