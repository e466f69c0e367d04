"""The command-line program. Importing it sets Django up, so that its commands can import actions and queries."""

import os
import sys

import django

from banyan.foundation.operators import UnreadableSettingError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banyan.foundation.django_settings")
try:
    django.setup()
except UnreadableSettingError as unreadable:
    sys.exit(f"failed: {unreadable}")
