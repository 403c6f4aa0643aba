"""From specs to migration files: history, planning, reversing, emitting, writing and the command line."""
