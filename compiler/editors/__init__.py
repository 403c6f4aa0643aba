"""What editors complete from: the JSON Schema of a spec with the names of the project in it."""
