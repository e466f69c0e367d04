"""A full disk under the database: how it is known, and what is said then (REL-A)."""

import psycopg

NO_ROOM = "The database has no room: its disk is full."


def has_no_room(failure: BaseException) -> bool:
    """Whether PostgreSQL refused to write because its disk is full; the failure is psycopg's, or Django's of it."""
    return any(isinstance(each, psycopg.errors.DiskFull) for each in (failure, failure.__cause__))
