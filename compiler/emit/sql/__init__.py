"""Row changes as RunSQL."""
