"""The linters of the OpenAPI document, from npm: `make linters` installs them."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent
