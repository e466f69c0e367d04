"""The key that cookies are signed with: BANYAN_SECRET_KEY, that of the data folder, or one for this process."""

import os
import secrets
from pathlib import Path


def secret_key(folder: Path) -> str:
    """The key to sign with. Several machines need the same BANYAN_SECRET_KEY."""
    if given := os.environ.get("BANYAN_SECRET_KEY"):
        return given
    try:
        return _path(folder).read_text()
    except FileNotFoundError:
        return secrets.token_urlsafe(48)


def keep_secret_key(folder: Path) -> None:
    """Write a key into the data folder, unless there is one, so that the next start signs with it too."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(_path(folder), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))


def _path(folder: Path) -> Path:
    return folder / "secret_key"
