"""A PostgreSQL of the tests' own: the embedded server in a temporary folder, migrated once a session."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import django

FOLDER = Path(tempfile.mkdtemp(prefix="banyan-tests-"))
FOLDER.chmod(0o711)
os.environ.pop("BANYAN_DATABASE_URL", None)
os.environ["BANYAN_DATA_DIR"] = str(FOLDER)
os.environ["PYTEST_DEBUG_TEMPROOT"] = str(FOLDER)  # the shared one is closed anew to a server's user by each test run
os.environ["DJANGO_SETTINGS_MODULE"] = "banyan.foundation.django_settings"
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)  # runs after the server was left: last registered, first run

django.setup()
pytest_plugins = ["tests.fixtures"]
