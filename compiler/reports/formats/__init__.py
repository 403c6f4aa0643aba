"""Every format, found by walking this folder: a module is a format, its function `render` writes a report."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from migspec.compiler.reports.report import Report

FORMATS = [module.name for module in iter_modules(__path__)]


def render(format: str, report: Report) -> str:
    """Give the text of a report, which ends with a newline unless it is empty."""
    text: str = import_module(f"{__name__}.{format}").render(report)
    return text
