"""Django's objects as a spec writes them: the way back from what the steps build."""
