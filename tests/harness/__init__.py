"""Helpers of the tests: a copy of the test project, migrations run on real rows, golden files."""

from __future__ import annotations

from harness.project import Project, copied_project
from harness.runner import Interruption, Runner

__all__ = ["Interruption", "Project", "Runner", "copied_project"]
