"""What a running server answers, and what it survives."""

import os
import signal
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from tests.serving import RunningServer, serving, wait_until_ready

NO_SECRET = "0" * 48


@pytest.mark.rule("SYS-4")
def test_a_living_server_says_so_and_shows_its_numbers(server: RunningServer):
    assert server.fetch("/healthz").body == {"status": "alive"}
    assert server.fetch("/readyz").body == {"status": "ready"}
    with urllib.request.urlopen(server.metrics_url, timeout=20) as numbers:
        assert b"banyan_database_up 1.0" in numbers.read()


@pytest.mark.rule("SYS-4")
@pytest.mark.parametrize("host", ["127.0.0.1", "elsewhere.example"])
def test_with_one_tenant_every_host_leads_to_its_pages(server: RunningServer, host: str):
    page = server.fetch("/", headers={"Host": host})
    assert page.status == 200
    assert "<h1>Default</h1>" in page.body


@pytest.mark.rule("SYS-4", "API-1")
def test_an_api_request_finds_its_tenant_by_its_key_whatever_the_host(server: RunningServer):
    answer = server.call("GET", "/settings", headers={"Host": "elsewhere.example"})
    assert answer.status == 200
    assert answer.body["enable_who_pays"] is True


@pytest.mark.rule("API-1", "API-3")
@pytest.mark.parametrize(
    "key", ["", "x", f"banyan_default_{NO_SECRET}", f"banyan_nobody_{NO_SECRET}", f"banyan_public_{NO_SECRET}"]
)
def test_a_key_that_is_none_opens_nothing(server: RunningServer, key: str):
    answer = server.fetch("/api/v1/settings", headers={"Authorization": f"Bearer {key}"})
    assert answer.status == 401
    assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.rule("SYS-4", "SYS-5", "SYS-1")
def test_serve_on_an_empty_folder_makes_a_usable_tenant(tmp_path: Path):
    with serving(tmp_path / "data") as running:
        assert running.call("GET", "/owners").status == 200
        children = psutil.Process(running.process.pid).children(recursive=True)
    assert running.process.returncode == 0
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)
    assert "Traceback" not in running.log.read_text()


@pytest.mark.rule("REL-A", "SYS-1")
def test_a_server_whose_database_and_web_process_are_killed_comes_back(tmp_path: Path):
    data = tmp_path / "data"
    with serving(data) as running:
        for victim in (_web_process(running), _postmaster(data)):
            os.kill(victim, signal.SIGKILL)
        time.sleep(1)
        wait_until_ready(running)


@pytest.mark.rule("REL-A")
def test_when_the_server_is_killed_nothing_of_it_is_left_running(tmp_path: Path):
    with serving(tmp_path / "data") as running:
        children = psutil.Process(running.process.pid).children(recursive=True)
        running.process.kill()
        running.process.wait()
        _, alive = psutil.wait_procs(children, timeout=20)
        assert [each for each in alive if each.status() != psutil.STATUS_ZOMBIE] == []
    assert not (tmp_path / "data" / "postgres" / "postmaster.pid").exists()


def _web_process(running: RunningServer) -> int:
    children = psutil.Process(running.process.pid).children()
    return next(child.pid for child in children if "banyan.web.server" in child.cmdline())


def _postmaster(data: Path) -> int:
    return int((data / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
