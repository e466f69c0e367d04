"""ERR-2: the answer to a request with an Idempotency-Key, made once and given again."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from banyan.foundation.models import IdempotencyKey
from banyan.kernel.refusals import conflict


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client is answered."""

    status: int
    body: Any


def answer_once(key: str, method: str, path: str, body: bytes, make: Callable[[], Answer]) -> Answer:
    """The stored answer to this key, or what `make` answers, stored in the same transaction as everything `make` does.

    A repetition that comes while the first is being answered waits for it. When `make` raises, nothing is done and
    nothing stored. Refused (ERR-2): the key of an earlier request with another body.
    """
    digest = hashlib.sha256(body).hexdigest()
    with transaction.atomic():
        if not _claim(key, method, path, digest):
            return _earlier_answer(key, method, path, digest)
        answer = make()
        IdempotencyKey.objects.filter(key=key, method=method, path=path).update(status=answer.status, body=answer.body)
        return answer


def _claim(key: str, method: str, path: str, digest: str) -> bool:
    """Whether the key is new; waits for another transaction that has just claimed it to end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO foundation_idempotencykey (key, method, path, request_digest) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (key, method, path) DO NOTHING",
            [key, method, path, digest],
        )
        return cursor.rowcount == 1


def _earlier_answer(key: str, method: str, path: str, digest: str) -> Answer:
    earlier = IdempotencyKey.objects.get(key=key, method=method, path=path)
    if earlier.request_digest != digest:
        message = f"the key {key!r} was used for another request to {method} {path}; use a new one"
        raise conflict("Idempotency-Key", "idempotency_key_reused", message, "ERR-2", key)
    return Answer(earlier.status, earlier.body)
