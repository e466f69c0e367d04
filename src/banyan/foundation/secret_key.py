"""The key that cookies are signed with: BANYAN_SECRET_KEY, that of the data folder, or one for this process."""

import os
import secrets
from pathlib import Path
from tempfile import mkstemp

from banyan.foundation.operators import UnreadableSettingError

SHORTEST = 32
"""Characters; what is kept in the folder has 64."""


def secret_key(folder: Path) -> str:
    """The key to sign with. Several machines need the same BANYAN_SECRET_KEY. Raises UnreadableSettingError."""
    if given := os.environ.get("BANYAN_SECRET_KEY"):
        return given
    try:
        key = _path(folder).read_text().strip()
    except FileNotFoundError:
        return secrets.token_urlsafe(48)
    if len(key) < SHORTEST:
        raise UnreadableSettingError(
            f"{_path(folder)} holds no key: {len(key)} characters. Put the one of a backup there; or delete the file,"
            " then a new key is made, and everybody signs in anew"
        )
    return key


def keep_secret_key(folder: Path) -> None:
    """Write a key into the data folder, unless there is one, so that the next start signs with it too.

    The file has its whole content from the moment it is there, whenever the machine stops.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if _path(folder).exists():
        return
    descriptor, name = mkstemp(dir=folder, prefix=".secret_key-")  # 0600
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    _put_in_place(Path(name), _path(folder))
    _flush_names(folder)


def _put_in_place(written: Path, path: Path) -> None:
    """The first of several that start at once wins: a link, unlike a new name, never takes the place of another."""
    try:
        os.link(written, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        written.rename(path)
        return
    written.unlink()


def _flush_names(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _path(folder: Path) -> Path:
    return folder / "secret_key"
