"""The commands of `migspec`, one module each: HELP, add_arguments(parser) and run(options, terminal) -> exit code."""
