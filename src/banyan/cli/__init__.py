"""The command-line program. Importing it sets Django up, so that its commands can import actions and queries."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banyan.foundation.django_settings")
django.setup()
