"""The specs that a branch changes: those that differ from where it left a revision, as git tells."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from migspec.compiler.config import Config, find_specs, shown
from migspec.dsl.diagnostics import Diagnostic, Place, SpecError, nearest

SUFFIXES = (".yaml", ".yml", ".toml")


@dataclass(frozen=True, slots=True)
class Changed:
    """The specs that are there, and those that are not any more, relative to the project."""

    there: Collection[Path]
    removed: tuple[str, ...]


def changed_specs(revision: str, config: Config, chosen: Collection[Path] | None = None) -> Changed:
    """Give the specs that the branch and the work tree change; with `chosen`, only those of them.

    E707 where git cannot tell: no repository, no such revision, or a clone without the history between.
    """
    git = Git(config.root, revision)
    top = Path(git.needed("rev-parse", "--show-toplevel", said="this is not a git repository").removesuffix("\n"))
    git.check_whole()
    commit = git.commit()
    base = git.needed("merge-base", commit, "HEAD", said=f"this branch and '{revision}' have no commit in common")
    diff = git.needed("diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", base.strip(), said="git diff fails")
    new = git.needed("ls-files", "--others", "--exclude-standard", "--full-name", "-z", said="git ls-files fails")
    # git lists new files relative to the folder that it was asked in, or with --full-name from the top.
    found = {top.resolve() / name for name in _names(diff + new)}
    there = found.intersection(path.resolve() for path in find_specs(config))
    if chosen is not None:
        there &= set(chosen)
    removed = tuple(sorted(shown(path, config.root) for path in found if _was_spec(path, config)))
    return Changed(there, removed if chosen is None else ())


def _names(listed: str) -> Iterator[str]:
    return (name for name in listed.split("\0") if name)


def _was_spec(path: Path, config: Config) -> bool:
    is_spec = path.parent.name == config.specs and path.suffix in SUFFIXES
    return is_spec and path.is_relative_to(config.root) and not os.path.lexists(path)


@dataclass(frozen=True, slots=True)
class Git:
    """git, in the project's folder."""

    folder: Path
    revision: str

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run git; E707 where there is none. What it says is not shown, and depends on no language."""
        try:
            return subprocess.run(
                ["git", *arguments],
                cwd=self.folder,
                env={**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
                capture_output=True,
                encoding="utf-8",
                errors="surrogateescape",
                check=False,
            )
        except OSError:
            raise self.error("git is not installed", "install it, or name the specs: migspec plan SPEC") from None

    def needed(self, *arguments: str, said: str) -> str:
        done = self.run(*arguments)
        if done.returncode:
            raise self.error(said, "name the specs instead: migspec plan SPEC")
        return done.stdout

    def check_whole(self) -> None:
        """A shallow clone lacks commits, and where the branch left the revision may be one of them."""
        if self.run("rev-parse", "--is-shallow-repository").stdout.strip() == "true":
            message = "this clone is shallow, so git cannot tell which specs the branch changes"
            in_workflow = "- uses: actions/checkout@v4\n  with: {fetch-depth: 0}"
            hint = f"git fetch --unshallow\nor in a workflow of GitHub:\n{in_workflow}"
            raise self.error(message, hint)

    def commit(self) -> str:
        done = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{self.revision}^{{commit}}")
        if done.returncode or not done.stdout.strip():
            listed = self.run("for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/remotes", "refs/tags")
            known = [name for name in listed.stdout.split("\n") if name]
            hint = (
                nearest(self.revision, known)
                or "git fetch origin, then --against origin/main, or another of: git branch -a"
            )
            raise self.error(f"there is no revision '{self.revision}' in this repository", hint)
        return done.stdout.strip()

    def error(self, message: str, hint: str) -> SpecError:
        return SpecError(Diagnostic("E707", message, Place("--against"), hint))
