"""A PostgreSQL of the tests' own: the embedded server in a temporary folder, migrated once a session.

Tests run in several processes, each with a server and a folder of its own. A file stays together, and so do all tests
of the browser, which share one demo.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import django
import pytest

BROWSER = Path(__file__).parent / "browser"
FOLDER = Path(tempfile.mkdtemp(prefix="banyan-tests-"))
FOLDER.chmod(0o711)
os.environ.pop("BANYAN_DATABASE_URL", None)
os.environ["BANYAN_DATA_DIR"] = str(FOLDER)
os.environ["PYTEST_DEBUG_TEMPROOT"] = str(FOLDER)  # the shared one is closed anew to a server's user by each test run
os.environ["DJANGO_SETTINGS_MODULE"] = "banyan.foundation.django_settings"
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)  # runs after the server was left: last registered, first run

django.setup()
pytest_plugins = ["tests.fixtures"]


def pytest_xdist_setupnodes() -> None:
    """What settings say of this folder is not for the processes that are about to start: each has its own."""
    del os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests one process has to run."""
    for item in items:
        together = "browser" if BROWSER in item.path.parents else item.path.as_posix()
        item.add_marker(pytest.mark.xdist_group(together))
