"""Who does something: a user, a key, the command line, Banyan itself. Known by kind and row, so that no name poses as
somebody else."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from banyan.kernel.ids import decode_id, encode_id


class ActorKind(StrEnum):
    """What somebody is who does something; `unknown` where only a name was kept once that several may have had."""

    USER = "user"
    API_KEY = "api_key"
    COMMAND_LINE = "command_line"
    SYSTEM = "system"
    UNKNOWN = "unknown"


_KEY = re.compile(r'key "(?P<name>.*)" \((?P<id>key_[0-9]+)\)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody, with the name of then: of a user the e-mail address, of a key what it is called; `number` is the row of
    either."""

    kind: ActorKind
    name: str
    number: int | None = None

    @classmethod
    def user(cls, number: int, email: str) -> "Actor":
        """A user."""
        return cls(ActorKind.USER, email, number)

    @classmethod
    def api_key(cls, number: int, name: str) -> "Actor":
        """A key of the API."""
        return cls(ActorKind.API_KEY, name, number)

    @property
    def public_id(self) -> str | None:
        """`usr_3` or `key_3`, None for who has no row."""
        return None if self.number is None else encode_id(self.kind, self.number)

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of an entry of the history that say who it was."""
        return {"actor": self.name, "actor_kind": self.kind.value, "actor_id": self.number}

    def __str__(self) -> str:
        """As people are told: `ada@example.com`, `key "CI" (key_3)`. No two who can be told apart are told alike."""
        if self.kind is ActorKind.API_KEY:
            name = self.name.replace("\\", "\\\\").replace('"', '\\"')
            return f'key "{name}" ({self.public_id})'
        return f'somebody called "{self.name}"' if self.kind is ActorKind.UNKNOWN else self.name


SYSTEM = Actor(ActorKind.SYSTEM, "system")
COMMAND_LINE = Actor(ActorKind.COMMAND_LINE, "command line")


def key_told_as(text: str) -> Actor | None:
    """The key that is told by this text, None where it tells of something else."""
    found = _KEY.fullmatch(text)
    number = decode_id("api_key", found["id"]) if found else None
    if found is None or number is None:
        return None
    return Actor.api_key(number, re.sub(r"\\(.)", r"\1", found["name"], flags=re.DOTALL))
