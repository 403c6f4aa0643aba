"""Rows that nobody wrote: drawn for the models that a spec touches, and made as small as can be where one fails."""
