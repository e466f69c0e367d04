"""Passage through closed folders for one user: an entry in the folder's access control list, not a bit for all."""

import errno
import os
import stat
import struct
from dataclasses import dataclass
from pathlib import Path

ATTRIBUTE = "system.posix_acl_access"
VERSION = struct.pack("<I", 2)
ENTRY = struct.Struct("<HHI")
OWNER, USER, GROUP, NAMED_GROUP, MASK, OTHERS = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
PASS = 1
NOBODY_IN_PARTICULAR = 0xFFFFFFFF


class TraversalError(Exception):
    """A folder is closed to a user and can't be opened to that user alone; the message says what to do."""


@dataclass(frozen=True, slots=True, order=True)
class _Entry:
    tag: int
    subject: int
    permissions: int


def grant_traversal(path: Path, user_id: int) -> list[Path]:
    """Let `user_id` pass through `path` and its parents; the folders that had to be opened, outermost first.

    A folder that others may pass anyway stays as it is. Nobody else gets anything, and passing is all that is given:
    the folder can't be listed. Refused where the file system has no access control lists.
    """
    chain = [*reversed(path.absolute().parents), path.absolute()]
    return [folder for folder in chain if _open_to(folder, user_id)]


def _open_to(folder: Path, user_id: int) -> bool:
    status = folder.stat()
    if status.st_mode & stat.S_IXOTH or status.st_uid == user_id:
        return False
    before = _entries(folder, stat.S_IMODE(status.st_mode))
    after = _with_passage(before, user_id)
    if after == before:
        return False
    encoded = VERSION + b"".join(ENTRY.pack(each.tag, each.permissions, each.subject) for each in after)
    try:
        os.setxattr(folder, ATTRIBUTE, encoded)
    except OSError as failure:
        raise TraversalError(
            f"the server's user can't pass through {folder} and the file system takes no access control list "
            f"({failure.strerror}): set BANYAN_DATA_DIR to a folder others may pass through, run banyan as an ordinary "
            "user, or set BANYAN_DATABASE_URL"
        ) from failure
    return True


def _entries(folder: Path, mode: int) -> list[_Entry]:
    try:
        encoded = os.getxattr(folder, ATTRIBUTE)
    except OSError as failure:
        if failure.errno not in (errno.ENODATA, errno.ENOTSUP):
            raise
        bits = ((OWNER, mode >> 6 & 7), (GROUP, mode >> 3 & 7), (OTHERS, mode & 7))
        return [_Entry(tag, NOBODY_IN_PARTICULAR, permissions) for tag, permissions in bits]
    return [_Entry(tag, subject, permissions) for tag, permissions, subject in ENTRY.iter_unpack(encoded[4:])]


def _with_passage(entries: list[_Entry], user_id: int) -> list[_Entry]:
    """The entries with passage for the user; the mask is widened only by what they together need."""
    own = next((each.permissions for each in entries if (each.tag, each.subject) == (USER, user_id)), 0)
    rest = [each for each in entries if (each.tag, each.subject) != (USER, user_id) and each.tag != MASK]
    group_class = next(each.permissions for each in entries if each.tag == GROUP)
    mask = next((each.permissions for each in entries if each.tag == MASK), group_class)
    changed = [*rest, _Entry(USER, user_id, own | PASS), _Entry(MASK, NOBODY_IN_PARTICULAR, mask | PASS)]
    return sorted(changed)
