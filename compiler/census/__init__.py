"""Counting, with SELECT alone, what the steps of a spec would meet in a database that has its place before it."""
