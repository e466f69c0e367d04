"""The history (ACC-16): one append-only table, filled by triggers, so that nothing that writes can go past it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from banyan.foundation.actors import SYSTEM, Actor, ActorKind


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Name who makes this block's changes in the history; the name never outlives a transaction it is given in."""
    within_transaction = connection.in_atomic_block
    before = _set_actor((actor.name, actor.kind, str(actor.number or "")), within_transaction)
    try:
        yield
    except BaseException:
        if not within_transaction:  # else whoever rolls back takes the name back with it
            _set_actor(before, within_transaction)
        raise
    _set_actor(before, within_transaction)


@contextmanager
def for_reason(reason: str) -> Iterator[None]:
    """Keep why with each change that this block makes in the history, as `reason`; "" keeps nothing (RUN-11).

    Within a transaction only: whoever rolls it back takes the reason back with it.
    """
    _set_reason(reason)
    yield
    _set_reason("")


def _set_reason(reason: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('banyan.reason', %s, true)", [reason])


def current_actor() -> Actor:
    """Who is named to make the changes now."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_ACTOR}")
        name, kind, number = cursor.fetchone()
    return Actor(ActorKind(kind), name, int(number) if number else None) if kind else SYSTEM


def _set_actor(actor: tuple[str, str, str], within_transaction: bool) -> tuple[str, str, str]:
    """Set the actor: name, kind and row; the one before. PostgreSQL reads a list of expressions from left to right.

    The columns of an entry have these as their defaults, so a trigger that writes one need not name them.
    """
    values = dict(zip(("name", "kind", "number"), actor, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_ACTOR}, {_SET_ACTOR}", values | {"local": within_transaction})
        name, kind, number, *_ = cursor.fetchone()
    return str(name), str(kind), str(number)


_ACTOR = """
coalesce(current_setting('banyan.actor', true), ''), coalesce(current_setting('banyan.actor_kind', true), ''),
coalesce(current_setting('banyan.actor_id', true), '')
"""
_SET_ACTOR = """
set_config('banyan.actor', %(name)s, %(local)s), set_config('banyan.actor_kind', %(kind)s, %(local)s),
set_config('banyan.actor_id', %(number)s, %(local)s)
"""
