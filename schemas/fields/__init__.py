"""Fields: how a spec writes them, the classes and arguments there are, and what Django makes of them."""
