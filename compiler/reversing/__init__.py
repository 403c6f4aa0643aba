"""How data steps come back: what becomes of columns, and what undoes a change."""
