"""The commands of `migspec`, one module each: add_arguments(parser) and run(options, terminal) -> exit code."""
