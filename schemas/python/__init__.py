"""What a spec says in Python: expressions, the arguments of classes, and what their names mean."""
