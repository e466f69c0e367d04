"""A PostgreSQL of the tests' own: the embedded server in a temporary folder, migrated once a session."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest

FOLDER = Path(tempfile.mkdtemp(prefix="banyan-tests-"))
FOLDER.chmod(0o711)
os.environ.pop("BANYAN_DATABASE_URL", None)
os.environ["BANYAN_DATA_DIR"] = str(FOLDER)
os.environ["DJANGO_SETTINGS_MODULE"] = "banyan.foundation.django_settings"
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)  # runs after the server was left: last registered, first run

django.setup()
pytest_plugins = ["tests.fixtures"]


@pytest.fixture(scope="session")
def data_dir() -> Iterator[Path]:
    """The folder with everything that these tests keep on disk."""
    return FOLDER
