"""Models that a spec makes: options, managers, and what a new one needs."""
