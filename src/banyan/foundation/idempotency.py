"""ERR-2: the answer to a request with an Idempotency-Key, made once and given again."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.db import connection, transaction

from banyan.foundation.models import IdempotencyKey
from banyan.kernel.refusals import conflict


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client is answered. `secrets`: the fields of the body that are told once and not kept."""

    status: int
    body: Any
    secrets: tuple[str, ...] = ()

    def kept(self) -> Any:
        """The body that a repetition gets."""
        return {**self.body, **dict.fromkeys(self.secrets)} if self.secrets else self.body


def answer_once(key: str, method: str, path: str, body: bytes, make: Callable[[], Answer], caller: str = "") -> Answer:
    """The stored answer to this caller's key, or what `make` answers, stored in one transaction with all that it does.

    A repetition that comes while the first is being answered waits for it. When `make` raises, nothing is done and
    nothing stored. Refused (ERR-2): the key of an earlier request with another body.
    """
    digest = hashlib.sha256(body).hexdigest()
    request = {"caller": caller, "key": key, "method": method, "path": path}
    with transaction.atomic():
        if not _claim(request, digest):
            return _earlier_answer(request, digest)
        answer = make()
        IdempotencyKey.objects.filter(**request).update(status=answer.status, body=answer.kept())
        return answer


def _claim(request: Mapping[str, str], digest: str) -> bool:
    """Whether the key is new; waits for another transaction that has just claimed it to end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO foundation_idempotencykey (caller, key, method, path, request_digest) "
            "VALUES (%(caller)s, %(key)s, %(method)s, %(path)s, %(digest)s) "
            "ON CONFLICT (caller, key, method, path) DO NOTHING",
            {**request, "digest": digest},
        )
        return bool(cursor.rowcount == 1)


def _earlier_answer(request: Mapping[str, str], digest: str) -> Answer:
    earlier = IdempotencyKey.objects.get(**request)
    if earlier.request_digest != digest:
        key, address = request["key"], f"{request['method']} {request['path']}"
        message = f"the key {key!r} was used for another request to {address}; use a new one"
        raise conflict("Idempotency-Key", "idempotency_key_reused", message, "ERR-2", key)
    return Answer(cast(int, earlier.status), earlier.body)  # null only for the transaction that makes it
