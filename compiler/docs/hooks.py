"""What MkDocs calls when it builds the site: the pages of the reference are made from the code."""

from __future__ import annotations

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from migspec.compiler.docs.reference import pages


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the reference to the pages that lie in the folder."""
    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    return files
