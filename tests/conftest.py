"""A PostgreSQL of the tests' own: the embedded server in a temporary folder, migrated once a session.

Tests may run in several processes (`-n 2`), each with a server and a folder of its own.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import django
import pytest
from xdist.scheduler import LoadScopeScheduling

BROWSER = "tests/browser/"
FOLDER = Path(tempfile.mkdtemp(prefix="banyan-tests-"))
FOLDER.chmod(0o711)
os.environ.pop("BANYAN_DATABASE_URL", None)
os.environ.pop("COLUMNS", None)  # pytest-xdist says how wide its own reports are
os.environ["BANYAN_DATA_DIR"] = str(FOLDER)
os.environ["PYTEST_DEBUG_TEMPROOT"] = str(FOLDER)  # the shared one is closed anew to a server's user by each test run
os.environ["DJANGO_SETTINGS_MODULE"] = "banyan.foundation.django_settings"
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)  # runs after the server was left: last registered, first run

django.setup()
pytest_plugins = ["tests.fixtures"]


def pytest_xdist_setupnodes() -> None:
    """What settings say of this folder is not for the processes that are about to start: each has its own."""
    del os.environ["DJANGO_SETTINGS_MODULE"]


class TogetherScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """A file stays in one process, and so does all of the browser, which shares one demo."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, _ = nodeid.partition("::")
        return BROWSER if file.startswith(BROWSER) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> TogetherScheduling:
    """Which process runs what."""
    return TogetherScheduling(config, log)
