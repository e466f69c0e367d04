"""As which user the embedded PostgreSQL runs. It refuses to be root, so for root a user of its own is made."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from banyan.foundation.directory_acl import grant_traversal

NAME = "banyan-postgres"


class NoServerUserError(Exception):
    """Root has no user to run the server as; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The user that the server runs as and that its files belong to; None is whoever runs this process."""

    user_id: int | None = None
    group_id: int | None = None

    def own(self, path: Path) -> None:
        """Give `path` to the server's user."""
        if self.user_id is not None:
            os.chown(path, self.user_id, self.group_id or self.user_id)

    def process_options(self) -> dict[str, Any]:
        """What subprocess.run needs to run a program as this user."""
        if self.user_id is None:
            return {}
        return {"user": self.user_id, "group": self.group_id, "extra_groups": [], "umask": 0o077}


def owner_of_server(folder: Path, programs: Path) -> Owner:
    """The server's user, able to reach its data `folder` and PostgreSQL's `programs`.

    For root that is the system user `banyan-postgres`. It is made, and given passage through folders that are closed to
    it, if need be; both are said on standard error.
    """
    if os.geteuid() != 0:
        return Owner()
    entry = _entry() or _make_user()
    for path in (folder, programs):
        for opened in grant_traversal(path, entry.pw_uid):
            _say(f"the user {NAME}, and nobody else, may now pass through {opened}, to reach {path}")
    _make_readable(programs.parent)
    return Owner(entry.pw_uid, entry.pw_gid)


def _entry() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        return None


def _make_user() -> pwd.struct_passwd:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise NoServerUserError(
            f"PostgreSQL does not run as root and there is no useradd to make the user {NAME} for it: "
            "make that user, run banyan as an ordinary user, or set BANYAN_DATABASE_URL"
        )
    subprocess.run([program, "--system", "--no-create-home", "--shell", "/bin/false", NAME], check=True)
    _say(f"PostgreSQL does not run as root; made the system user {NAME} for it")
    return pwd.getpwnam(NAME)


def _make_readable(installation: Path) -> None:
    """Let others read PostgreSQL's own programs where a strict umask kept them from it."""
    for path in (installation, *installation.rglob("*")):
        mode = path.stat().st_mode
        wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if wanted != mode:
            path.chmod(wanted)


def _say(message: str) -> None:
    print(f"embedded PostgreSQL: {message}", file=sys.stderr)
