"""What is wrong with a spec, found and said in the words of its author."""
