"""The vocabulary: what a spec may say, and what each step stands for."""
