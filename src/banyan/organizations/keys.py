"""API keys (API-1): `banyan_<tenant>_<secret>`, so that a request finds the tenant to look it up in."""

import hashlib
import re
import secrets

BYTES_OF_SECRET = 24
KEY = re.compile(r"banyan_(?P<tenant>[a-z][a-z0-9_]*)_(?P<secret>[0-9a-f]{48})")


def new_key(tenant: str) -> str:
    """A key that nobody has yet."""
    return f"banyan_{tenant}_{secrets.token_hex(BYTES_OF_SECRET)}"


def hash_of(key: str) -> str:
    """What is stored of a key. A key is too long to be guessed, so no slow hash is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


def tenant_of(key: str) -> str | None:
    """The tenant that a key says it belongs to, None when the text can't be a key."""
    parts = KEY.fullmatch(key)
    return parts["tenant"] if parts else None
