"""The name under which a browser keeps a file that it is given (RFC 6266)."""

import re
from unicodedata import category

from django.utils.http import content_disposition_header

LONGEST = 150
OTHERWISE = "file"
_FOLDERS = re.compile(r"[/\\:]")
_REPLACED = re.compile(r'["*<>?|]')


def as_attachment(name: str) -> str:
    """The Content-Disposition of a file to be kept: its own name alone, whatever folders, quotes or marks that can't be
    seen were sent with it; other letters than ASCII as `filename*`."""
    return str(content_disposition_header(True, safe_name(name)))


def safe_name(name: str) -> str:
    """What follows the last folder, without what no system takes, what can't be seen and dots in front; "file" where
    nothing is left. Of a long one the end stays, which says what kind of file it is."""
    last = _FOLDERS.split(name)[-1]
    seen = "".join(one for one in last if category(one)[0] != "C")
    return _REPLACED.sub("_", seen).strip(" .")[-LONGEST:] or OTHERWISE
