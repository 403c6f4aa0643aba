"""What every test may ask for: --update, a fresh database, golden files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import databases
from harness import goldens
from harness.scratches import Scratches
from migspec.compiler.verify.servers import Server


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the golden files with what came out")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the workers of pytest-xdist inherit the environment
        databases.set_up()
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        databases.clean_up()


@pytest.fixture(params=databases.VENDORS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[databases.Database]:
    """A fresh empty database, once for each vendor; dropped afterwards."""
    with available(request.param), databases.fresh(request.param, tmp_path) as found:
        yield found


@pytest.fixture(params=databases.VENDORS)
def server(request: pytest.FixtureRequest) -> Server:
    """Where scratch databases are made, once for each vendor.

    On an alias of its own: code that forgets its alias finds no database at all.
    """
    with available(request.param):
        return Server(request.param, databases.server(request.param), "scratch")


@pytest.fixture(scope="session")
def scratches() -> Iterator[Scratches]:
    """The scratch databases of this process."""
    made = Scratches()
    yield made
    made.drop()


@contextmanager
def available(vendor: str) -> Iterator[None]:
    """Skip the test where the database is not there, or fail it where it has to be."""
    try:
        yield
    except databases.Unavailable as reason:
        if databases.required():
            pytest.fail(f"{vendor}: {reason}", pytrace=False)
        pytest.skip(f"{vendor}: {reason}")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with a golden file, or write it there with --update."""
    update = request.config.getoption("--update")

    def compare(path: Path, actual: str) -> None:
        goldens.compare(path, actual, update=update)

    return compare
