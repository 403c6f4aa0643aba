"""The language as text: files with the place of every value, diagnostics, names and expressions."""
