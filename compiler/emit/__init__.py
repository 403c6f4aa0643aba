"""From planned files to the text of Django migration files."""
