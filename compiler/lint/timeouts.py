"""Whether the settings bound how long a statement waits for a lock; nothing is connected."""

from __future__ import annotations

import functools

from migspec.compiler.project import ENGINES


@functools.cache
def bounded() -> frozenset[str]:
    """Give the vendors whose databases all have a bound, in the options of their connections."""
    from django.conf import settings

    waits: dict[str, list[bool]] = {}
    for database in settings.DATABASES.values():
        vendor = ENGINES.get(database.get("ENGINE", ""), "")
        options = str(database.get("OPTIONS", {}))
        waits.setdefault(vendor, []).append("lock_timeout" in options or "lock_wait_timeout" in options)
    return frozenset(vendor for vendor, known in waits.items() if all(known))
