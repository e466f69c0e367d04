"""Numbers for whoever runs Banyan: on a port of their own, and no more of them for all that clients make up."""

import urllib.request
from pathlib import Path

import pytest

from banyan.foundation import metrics_folder
from tests.serving import RunningServer


def numbers(server: RunningServer) -> str:
    with urllib.request.urlopen(server.metrics_url, timeout=30) as answer:
        return str(answer.read().decode())


@pytest.mark.rule("SYS-4")
def test_methods_that_clients_make_up_are_counted_as_one(server: RunningServer) -> None:
    for number in range(50):
        server.fetch("/api/v1/settings", method=f"MADE{number}UP")
        server.fetch(f"/made/{number}/up", method=f"MADE{number}UP")
    told = numbers(server)
    assert "MADE" not in told
    assert "/made/" not in told
    of_others = [line for line in told.splitlines() if line.startswith("banyan_requests_total") and "other" in line]
    assert sorted(line.split()[-1] for line in of_others) == ["50.0", "50.0"]


@pytest.mark.rule("SYS-4")
def test_whoever_reaches_the_console_does_not_reach_the_numbers(server: RunningServer) -> None:
    assert server.fetch("/metrics").status == 404
    assert "banyan_jobs" in numbers(server)


@pytest.mark.rule("REL-A")
def test_numbers_are_not_kept_on_the_disk_of_the_data(tmp_path: Path) -> None:
    folder = metrics_folder.empty_metrics_folder(tmp_path, 8000)
    try:
        assert folder.stat().st_mode & 0o777 == 0o700
        assert not folder.is_relative_to(tmp_path)
        assert metrics_folder.empty_metrics_folder(tmp_path, 8000) == folder
        assert metrics_folder.empty_metrics_folder(tmp_path, 8001) != folder
    finally:
        metrics_folder.remove_metrics_folder(folder)
        metrics_folder.remove_metrics_folder(metrics_folder.empty_metrics_folder(tmp_path, 8001))


@pytest.mark.rule("REL-A")
def test_room_for_numbers_is_taken_before_they_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(metrics_folder.VARIABLE, str(tmp_path))
    for process in range(4_000_000, 4_000_020):
        (tmp_path / f"counter_{process}.db").write_bytes(b"")
    metrics_folder.keep_room_for_metrics()
    (own,) = tmp_path.glob("histogram_*.db")
    assert own.stat().st_blocks * 512 >= metrics_folder.ROOM["histogram"]
    assert len(list(tmp_path.glob("counter_40000*.db"))) == metrics_folder.MOST_OF_ENDED_PROCESSES


@pytest.mark.rule("REL-A")
def test_without_room_a_process_keeps_its_numbers_to_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(metrics_folder.VARIABLE, str(tmp_path))
    monkeypatch.setattr(metrics_folder.os, "posix_fallocate", _no_room)
    metrics_folder.keep_room_for_metrics()
    assert metrics_folder.VARIABLE not in metrics_folder.os.environ
    assert list(tmp_path.iterdir()) == []


def _no_room(*_: object) -> None:
    raise OSError(28, "No space left on device")
