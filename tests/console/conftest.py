"""Pages without a browser: what they answer to somebody with a role."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from banyan.foundation.tenants.models import Domain
from banyan.foundation.tenants.queries import find_tenant, within_tenant
from banyan.organizations.actions.add_membership import add_membership
from banyan.organizations.actions.create_sign_in_link import create_sign_in_link
from banyan.organizations.actions.create_user import create_user
from banyan.organizations.models import Organization, User
from banyan.organizations.roles import Role
from banyan.organizations.tree import root

HOST = "console.example"
EDITS = re.compile(r"/(edit|rename|status|change|payer|types/[^/]+|contacts/con_\d+)$|^/(settings|preferences)$")
"""Addresses of forms that remember what they showed (API-7)."""


class Visitor:
    """Somebody at a browser, without the browser. A request leaves the tenant as a real one does; then it is back."""

    def __init__(self, tenant: str, user: User | None = None) -> None:
        self.tenant, self.user = tenant, user
        self.client = Client(headers={"host": HOST})
        if user is not None:
            self.get(f"/sign-in/{create_sign_in_link(user.pk)}")

    def get(self, path: str, **headers: str) -> HttpResponse:
        """What the page answers."""
        with within_tenant(self.tenant):
            return self.client.get(path, headers=headers)

    def post(self, path: str, values: dict[str, Any] | None = None, **headers: str) -> HttpResponse:
        """What it answers to a form that is sent: one that changes something as if it had been opened just before,
        unless the values say as what it was opened."""
        values = dict(values or {})
        if "as_opened" not in values and EDITS.search(path):
            values |= self.opened(path)
        with within_tenant(self.tenant):
            return self.client.post(path, values, headers=headers)

    def opened(self, path: str) -> dict[str, str]:
        """What a form sends back of what it showed when it was opened."""
        held = re.search(r'name="as_opened" value="([^"]+)"', self.get(path).content.decode())
        return {"as_opened": held[1]} if held else {}

    def text(self, path: str) -> str:
        """What there is to read on the page, once it is there."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.content.decode()
        return readable(answer)


def readable(answer: HttpResponse) -> str:
    """The text of a page, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.fixture
def visitor(tenant: str) -> Callable[..., Visitor]:
    """Somebody with a role in an organization, the root unless another is given; nobody without a role."""
    Domain.objects.create(domain=HOST, tenant=find_tenant(tenant))

    def made(role: Role | None = Role.ADMINISTRATOR, organization: Organization | None = None) -> Visitor:
        if role is None:
            return Visitor(tenant)
        user = create_user("Ada Byron", f"{role}-{organization.code if organization else 'root'}@acme.example".lower())
        add_membership(user.pk, (organization or root()).pk, role)
        return Visitor(tenant, user)

    return made
