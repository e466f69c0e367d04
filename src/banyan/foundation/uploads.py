"""How large a file may be that is sent to a server: BANYAN_UPLOAD_LIMIT, in MiB."""

import os

MIB = 1 << 20
USUAL_LIMIT = 256


def upload_limit() -> int:
    """In bytes. Of an environment that says no whole number the usual limit holds."""
    given = os.environ.get("BANYAN_UPLOAD_LIMIT", "")
    return (int(given) if given.isascii() and given.isdigit() and len(given) < 7 else USUAL_LIMIT) * MIB
