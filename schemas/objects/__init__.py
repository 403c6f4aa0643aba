"""Indexes and constraints: how a spec writes them, and what Django makes of them."""
