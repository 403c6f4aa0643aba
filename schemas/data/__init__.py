"""Rows: the algebra of row changes, values and conditions, and the columns that they name."""
