"""A running `banyan serve`, as a client sees it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

SECONDS_TO_START = 180
SECONDS_TO_STOP = 60


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; `body` is parsed where it is JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class RunningServer:
    """A server, what its process was told, and a key of an administrator of its tenant."""

    url: str
    metrics_url: str
    process: subprocess.Popen[bytes]
    variables: Mapping[str, str]
    log: Path

    @cached_property
    def key(self) -> str:
        made = self.program("apikey", "create", "tests", "--json")
        return str(json.loads(made.stdout)["key"])

    def program(self, *arguments: str, sent: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run `banyan` beside the server, in the same folder; `sent` comes on its standard input."""
        return run_program(self.variables, *arguments, sent=sent)

    def call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Response:
        """One request to the API, with the key; `path` is below /api/v1."""
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", **(headers or {})}
        return self.fetch("/api/v1" + path, method, None if body is None else json.dumps(body).encode(), sent)

    def fetch(
        self, path: str, method: str = "GET", content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        """One request, as it is."""
        request = urllib.request.Request(self.url + path, content, dict(headers or {}), method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return _response(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as refusal:
            return _response(refusal.code, refusal.headers, refusal.read())


def _response(status: int, headers: Any, raw: bytes) -> Response:
    is_json = "json" in (headers.get_content_type() or "")
    return Response(status, dict(headers.items()), json.loads(raw) if is_json and raw else raw.decode())


def run_program(
    variables: Mapping[str, str], *arguments: str, sent: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `banyan` with these variables of its environment."""
    command = [sys.executable, "-m", "banyan.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=variables, input=sent)


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(folder: Path, **operators: str) -> Iterator[RunningServer]:
    """`banyan serve` on a free port, with its data in `folder`, for as long as the block runs; `operators` are further
    variables of its environment."""
    port, metrics_port, log = free_port(), free_port(), folder.with_name(f"{folder.name}.log")
    variables = {**os.environ, "BANYAN_DATA_DIR": str(folder), **operators}
    command = [sys.executable, "-m", "banyan.cli", "serve", "--port", str(port), "--web-processes", "1"]
    command += ["--metrics-port", str(metrics_port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=variables)
    running = RunningServer(
        f"http://127.0.0.1:{port}", f"http://127.0.0.1:{metrics_port}/metrics", process, variables, log
    )
    try:
        wait_until_ready(running)
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(SECONDS_TO_STOP)


def wait_until_ready(running: RunningServer) -> None:
    """Wait until the server answers that it can do its work."""
    patience = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < patience and running.process.poll() is None:
        try:
            if running.fetch("/readyz").status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the server is not ready:\n{running.log.read_text()}")
