"""A client of yaml-language-server: as much of the Language Server Protocol as completing and checking need."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

VERSION = "1.25.0"  # the last that the Node.js of long-term support runs

PATIENCE = 300  # seconds, after which what does not answer is given up


class Unavailable(Exception):
    """The server is not there; the text says why."""


def required() -> bool:
    return os.environ.get("MIGSPEC_REQUIRE_YAML_LANGUAGE_SERVER") == "1"


def command(folder: Path) -> list[str]:
    """Give the command of the server, installed into `folder` where it is not yet. Unavailable."""
    script = folder / "node_modules/yaml-language-server/bin/yaml-language-server"
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise Unavailable("Node.js and npm are needed")
    if not script.is_file():
        # Without retries: they take minutes where there is no registry.
        install = [npm, "install", "--no-audit", "--no-fund", "--fetch-retries=0", "--fetch-timeout=20000"]
        try:
            done = subprocess.run(
                [*install, "--prefix", str(folder), f"yaml-language-server@{VERSION}"],
                capture_output=True,
                text=True,
                check=False,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            raise Unavailable(f"npm has not installed yaml-language-server {VERSION} in {PATIENCE} seconds") from None
        if done.returncode or not script.is_file():
            said = [line for line in done.stderr.splitlines() if "error" in line] or ["nothing"]
            raise Unavailable(f"npm does not install yaml-language-server {VERSION}: {said[0]}")
    return [node, str(script), "--stdio"]


class Editor:
    """One session with the server."""

    def __init__(self, process: subprocess.Popen[bytes], root: Path) -> None:
        self.process = process
        self.root = root
        self.number = 0
        self.versions: dict[Path, int] = {}
        self.diagnostics: dict[str, list[dict[str, Any]]] = {}
        self.request("initialize", processId=os.getpid(), rootUri=root.as_uri(), capabilities=CAPABILITIES)
        self.notify("initialized")
        self.notify("workspace/didChangeConfiguration", settings=SETTINGS)

    # --- what an editor does ---

    def open(self, path: Path, text: str) -> None:
        """Open a file, or change the text of one that is open."""
        version = self.versions[path] = self.versions.get(path, 0) + 1
        document: dict[str, Any] = {"uri": path.as_uri(), "version": version}
        if version == 1:
            self.notify("textDocument/didOpen", textDocument={**document, "languageId": "yaml", "text": text})
        else:
            self.notify("textDocument/didChange", textDocument=document, contentChanges=[{"text": text}])

    def complete(self, path: Path, text: str) -> list[str]:
        """Open a file and give what is proposed at the mark ‸ in it."""
        before, after = text.split("‸")
        self.open(path, before + after)
        lines = before.split("\n")
        position = {"line": len(lines) - 1, "character": len(lines[-1])}
        found = self.request("textDocument/completion", textDocument={"uri": path.as_uri()}, position=position)
        return [item["label"] for item in (found or {"items": []})["items"]]

    def complaints(self, path: Path, text: str) -> list[str]:
        """Open a file and give what the server has against it."""
        self.diagnostics.pop(path.as_uri(), None)
        self.open(path, text)
        while path.as_uri() not in self.diagnostics:
            self.handle(self.read())
        return [f"{one['range']['start']['line'] + 1}: {one['message']}" for one in self.diagnostics[path.as_uri()]]

    # --- the protocol ---

    def request(self, method: str, **params: Any) -> Any:
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params})
        while True:
            message = self.read()
            if message.get("id") == self.number and "method" not in message:
                assert "error" not in message, message["error"]
                return message["result"]
            self.handle(message)

    def notify(self, method: str, **params: Any) -> None:
        self.send({"method": method, "params": params})

    def handle(self, message: dict[str, Any]) -> None:
        """Answer what the server asks, and keep what it says of files."""
        if message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "id" in message and "method" in message:
            asked = message["params"].get("items") if isinstance(message.get("params"), dict) else None
            answer = [SETTINGS.get(item["section"]) for item in asked] if asked else None
            self.send({"id": message["id"], "result": answer})

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        if not length:
            raise EOFError("the server has ended")
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return message


CAPABILITIES = {
    "workspace": {"configuration": True},
    "textDocument": {"completion": {"completionItem": {"snippetSupport": True}}},
}
SETTINGS: dict[str, Any] = {
    # The schema is the one that the file names; no catalogue is fetched.
    "yaml": {"completion": True, "validate": True, "hover": True, "schemaStore": {"enable": False}},
}


@contextmanager
def editing(folder: Path, root: Path) -> Iterator[Editor]:
    """Start the server for a project. Unavailable."""
    with subprocess.Popen(command(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        watchdog = threading.Timer(PATIENCE, process.kill)  # reading from it ends then
        watchdog.start()
        try:
            yield Editor(process, root)
        finally:
            watchdog.cancel()
            process.kill()
