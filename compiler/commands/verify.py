"""Run specs on a scratch database with the rows of their tests: forward, back, forward again, and cut off half-way."""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from migspec.compiler.commands.common import add_settings, add_specs, chosen_specs, config_of, other_specs
from migspec.compiler.config import Config, shown
from migspec.compiler.terminal import Terminal
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError

if TYPE_CHECKING:
    from migspec.compiler.compile import Outcome

STORAGE = "HYPOTHESIS_STORAGE_DIRECTORY"


def pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"not a regular expression: {error}") from None
    return text


def positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError("a number from 1 on")
    return int(text)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_specs(parser)
    add_settings(parser)
    parser.add_argument(
        "--database",
        action="append",
        metavar="WHICH",
        help="sqlite (the default, in memory), postgresql (an embedded server), an alias of DATABASES, or a URL; may be"
        " given several times. The rows go into a database that is made for the run and dropped",
    )
    parser.add_argument(
        "-k", metavar="PATTERN", type=pattern, default="", help="only the tests in whose name the pattern is found"
    )
    parser.add_argument("-x", "--exitfirst", action="store_true", help="stop at the first test that fails")
    parser.add_argument("--quick", action="store_true", help="only forward: no rolling back, no cutting off")
    parser.add_argument("-j", "--jobs", type=int, default=1, metavar="N", help="run in N processes")
    parser.add_argument(
        "--generate",
        type=positive,
        metavar="N",
        help="try each spec with N sets of random rows, too (migspec[generate])",
    )
    parser.add_argument("--seed", type=int, default=0, help="another number gives other random rows")
    parser.add_argument("--format", choices=("text", "json", "junit"), default="text", help="how results are printed")


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    from migspec.compiler.compile import plan_specs
    from migspec.compiler.project import load_project, vendors
    from migspec.compiler.verify.generate.generation import Generation
    from migspec.compiler.verify.parallel import run_all
    from migspec.compiler.verify.reports import WRITERS, text
    from migspec.compiler.verify.run import batches_of
    from migspec.compiler.verify.servers import servers_named
    from migspec.compiler.verify.signals import ending_in_order

    config = config_of(options)
    specs = chosen_specs(options, config)
    load_project(config, options.settings)
    others = other_specs(specs, config) if options.specs else []
    outcome = plan_specs(specs, config, others=others)
    results = []
    with ending_in_order(), _away_from_the_project(), servers_named(options.database or ["sqlite"]) as servers:
        generation = Generation(options.generate, options.seed) if options.generate else None
        batches = batches_of(outcome, vendors(config), servers, options.k, generation)
        total = sum(job.count for batch in batches for job in batch.jobs)
        if options.k and not total:
            raise SpecError(Diagnostic("E704", f"no test has '{options.k}' in its name", Place("-k")))
        progress = terminal.progress("test")
        for result in run_all(batches, outcome, max(1, options.jobs), quick=options.quick):
            results.append(result)
            progress(len(results), total, result.spec)
            if options.exitfirst and not result.ok:
                break
    if options.format == "text":
        text(results, terminal)
        _say_what_was_not_run(outcome, config, terminal)
    else:
        terminal.say(WRITERS[options.format](results))
    return 0 if all(result.ok for result in results) else 1


@contextmanager
def _away_from_the_project() -> Iterator[None]:
    """Hypothesis keeps what it knows of the source in a folder where it runs, and here that is the project."""
    if STORAGE in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="migspec-", ignore_cleanup_errors=True) as folder:
        os.environ[STORAGE] = folder
        try:
            yield
        finally:
            del os.environ[STORAGE]


def _say_what_was_not_run(outcome: Outcome, config: Config, terminal: Terminal) -> None:
    """The files that compile would give were run; one that was changed by hand is another."""
    for found in outcome.surveys:
        for file, _ in found.files:
            if file.edited:
                terminal.say(f"{shown(file.path, config.root)} was changed by hand; what compile writes ran", "yellow")
