"""Verifying: a spec's own rows, and rows that nobody wrote, on a scratch database, forward, back and forward again."""
