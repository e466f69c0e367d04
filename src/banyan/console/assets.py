"""Scripts, styles and icons, as `frontend/build.mjs` built them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

BUILT = Path(__file__).with_name("static") / "built"
MANIFEST = BUILT / "manifest.json"
HOW_TO_BUILD = "`make assets` builds them; it takes Node.js 20 or newer, or gets it from PyPI"


class AssetsMissingError(Exception):
    """There is nothing built to serve."""


def address_of(name: str) -> str:
    """Where an asset is served: `/static/built/console-3MZ55NC4.js` for `console.js`."""
    return f"/static/built/{_manifest()['files'][name]}"


def icon_address(name: str) -> str:
    """Where the drawing of an icon of `frontend/icons.txt` is."""
    if name not in _manifest()["icons"]:
        raise LookupError(f"there is no icon {name!r}: add a line to frontend/icons.txt and build with `make assets`")
    return f"{address_of('icons.svg')}#{name}"


@cache
def _manifest() -> dict[str, Any]:
    try:
        return dict(json.loads(MANIFEST.read_text()))
    except FileNotFoundError:
        raise AssetsMissingError(f"The console's scripts and styles are missing: {HOW_TO_BUILD}.") from None
