"""Asking the API within a test's transaction, and a small business made through it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.db import connection
from django.test import Client

from banyan.foundation.tenants.queries import within_tenant

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, the body, parsed where it is JSON, the type it was sent as, the address of what was made, its tag."""

    status: int
    body: Any
    content_type: str
    location: str | None
    tag: str | None = None
    replay: str | None = None


@dataclass(frozen=True, slots=True)
class Api:
    """A client with a key; paths are below /api/v1."""

    key: str

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
        content_type: str = "application/json",
    ) -> Reply:
        """One request; `raw` is sent as it is."""
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        sent = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        client = Client(raise_request_exception=False)
        with within_tenant(connection.schema_name):
            answer = client.generic(method, f"/api/v1{path}", content, content_type, headers=sent)
            found = answer.getvalue()
        is_json = "json" in answer.get("Content-Type", "")
        sent_back = json.loads(found) if is_json and found else found.decode() or None
        told = (answer.get("Location"), answer.get("ETag"), answer.get("Idempotent-Replay"))
        return Reply(answer.status_code, sent_back, answer.get("Content-Type", ""), *told)

    def get(self, path: str) -> Any:
        """The body of an answer that has to be 200."""
        reply = self.ask("GET", path)
        assert reply.status == 200, reply
        return reply.body

    def send(self, path: str, text: str, headers: Mapping[str, str] | None = None) -> Reply:
        """The answer to a CSV file that is sent."""
        return self.ask("POST", path, None, headers, text.encode(), "text/csv")

    def make(self, path: str, body: Any) -> Any:
        """The body of an answer that has to be a success."""
        reply = self.ask("POST", path, body)
        assert 200 <= reply.status < 300, reply
        return reply.body

    def refused(self, method: str, path: str, body: Any = None, status: int = 422) -> dict[str, Any]:
        """The problem that the request has to be answered with."""
        reply = self.ask(method, path, body)
        assert reply.status == status, reply
        assert reply.content_type.startswith("application/problem+json")
        assert isinstance(reply.body, dict)
        return reply.body

    def bill_cycle(self, **given: Any) -> str:
        """The id of a new monthly cycle from New Year 2026 on, for any currency."""
        fields = {"name": f"Monthly {next(_numbers)}", "frequency": "monthly", "start_date": "2026-01-01"}
        return str(self.make("/bill-cycles", fields | given)["id"])

    def customer(self, name: str = "Acme", cycle: str | None = None, **given: Any) -> dict[str, Any]:
        """A new company with a USD account from New Year 2026 on."""
        account = {
            "currency": "USD",
            "bill_cycle": cycle or self.bill_cycle(),
            "start_date": "2026-01-01",
            **given.pop("account", {}),
        }
        company = {"kind": "company", "company_name": name, "primary_email": "ap@acme.example", "account": account}
        made = self.make("/customers", company | given)
        assert isinstance(made, dict)
        return made

    def price(self, **given: Any) -> str:
        """The id of a price of 10.00 USD a month and unit, in advance."""
        number = next(_numbers)
        product = self.make("/products", {"name": f"Seats {number}", "code": f"seats-{number}"})["id"]
        fields = {
            "product": product,
            "currency": "USD",
            "type": "recurring",
            "model": "per_unit",
            "unit_amount": "10",
        }
        return str(self.make("/prices", fields | given)["id"])


def fields_of(problem: Mapping[str, Any]) -> set[str]:
    """The fields that a problem complains of."""
    return {error["field"] for error in problem["errors"]}
