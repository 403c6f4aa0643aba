"""Judging what a spec means to do: rules over its steps at their places, beside what is plainly wrong."""
