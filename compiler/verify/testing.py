"""Verifying from a test suite: one function, the same under pytest and unittest."""

from __future__ import annotations

from pathlib import Path

from migspec.compiler.commands.common import chosen_paths, other_specs
from migspec.compiler.compile import plan_specs
from migspec.compiler.config import load_config
from migspec.compiler.project import load_project, vendors
from migspec.compiler.specs import read_specs
from migspec.compiler.verify.generate.generation import Generation
from migspec.compiler.verify.parallel import run_all
from migspec.compiler.verify.result import Result
from migspec.compiler.verify.run import batches_of
from migspec.compiler.verify.servers import servers_named


def verify_specs(
    *specs: str, database: str = "sqlite", folder: str | Path = ".", generate: int = 0, seed: int = 0
) -> list[Result]:
    """Verify the specs of these names, or all of the project that `folder` lies in, as `migspec verify` does.

    With `generate` each is tried with that many sets of random rows, too, which `seed` chooses.

    AssertionError with everything that is not as the specs say; SpecError where they, or the database, cannot be used.
    The scratch database stands in the place of `default`, or of the alias that `database` names, until this returns.
    """
    config = load_config(Path(folder))
    chosen = read_specs(chosen_paths(specs, config, Path(folder).resolve()), config.root)
    load_project(config)
    outcome = plan_specs(chosen, config, others=other_specs(chosen, config))
    with servers_named([database]) as servers:
        generation = Generation(generate, seed) if generate else None
        results = list(run_all(batches_of(outcome, vendors(config), servers, "", generation), outcome, 1))
    failures = [said for result in results for said in (*map(str, result.failures), result.entry) if said]
    if failures:
        raise AssertionError("\n".join(["the specs are not as they say", *failures]))
    return results
