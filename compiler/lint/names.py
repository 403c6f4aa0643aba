"""Names of database objects that every database takes."""

from __future__ import annotations

from hashlib import sha256

LONGEST = 30  # of an index, as Django checks it; Oracle's bound too


def short_name(*parts: str) -> str:
    """Join parts to a name; what is too long is cut and ends with a hash."""
    name = "_".join(parts)
    if len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - 7].rstrip('_')}_{sha256(name.encode()).hexdigest()[:6]}"
