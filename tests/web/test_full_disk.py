"""A disk that is full while clients read and write (REL-A), on a small disk of its own."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.billruns.test_full_disk import alone


@pytest.mark.rule("REL-A", "SYS-1")
@pytest.mark.skipif(
    subprocess.run([*alone(), "true"], capture_output=True).returncode != 0, reason="may not mount a disk of its own"
)
def test_on_a_full_disk_writes_are_refused_with_507_while_reading_and_liveness_go_on() -> None:
    with tempfile.TemporaryDirectory() as folder:  # with a path short enough for a socket beside the data
        Path(folder).chmod(0o755)
        script = [sys.executable, "-m", "tests.web.full_disk_of_tests", folder]
        done = subprocess.run([*alone(), *script], capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "refused": [507, "no_room"],
        "reads": [200],
        "are_the_same_processes": True,
        "without_database": [200, 503],
        "afterwards": 201,
    }
