"""A plan as reviewers read it: files, SQL, locks, the way back, findings, and diagrams."""
