"""Which files the steps of a spec become, in what order, and after what."""
