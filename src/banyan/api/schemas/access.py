"""Users, their memberships, and API keys."""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from banyan.api.bodies import Body
from banyan.api.fields import Answer, OrganizationId, choice, not_named, text

RoleName = Annotated[str, choice("viewer", "operator", "manager", "administrator")]


class NewUser(Body):
    """ORG-3. Without a password the user can't sign in yet. The console shows moments in the user's time zone (DAT-2),
    by default the first owner's."""

    name: Annotated[str, text(200, 1)]
    email: Annotated[str, text(254, 1)]
    password: Annotated[str, text(200)] | None = None
    active: bool = True
    time_zone: Annotated[str, text(64)] | None = None


class UserChanges(Body):
    """ORG-3; only what is named changes. A password of null is taken away; a time zone of null is the first owner's."""

    name: Annotated[str, text(200, 1)] = not_named()
    email: Annotated[str, text(254, 1)] = not_named()
    password: Annotated[str, text(200)] | None = not_named()
    active: bool = not_named()
    time_zone: Annotated[str, text(64)] | None = not_named()


class UserAnswer(Answer):
    """ORG-3. The password is kept as a hash, which is told to nobody. A time zone of null is the first owner's."""

    id: str
    name: str
    email: str
    active: bool
    time_zone: str | None
    has_password: bool
    created_at: datetime


class NewMembership(Body):
    """ORG-3: the role holds in the organization and everything below it."""

    organization: OrganizationId
    role: RoleName


class MembershipAnswer(Answer):
    """ORG-3."""

    id: str
    user: str
    organization: str
    role: str


class NewApiKey(Body):
    """API-1. Without organizations the role holds in the root: everywhere."""

    name: Annotated[str, text(200, 1)]
    role: RoleName = "administrator"
    organizations: list[OrganizationId] | None = Field(None, max_length=1000)


class ApiKeyAnswer(Answer):
    """API-1. The key itself can't be had again."""

    id: str
    name: str
    role: str
    organizations: list[str]
    created_at: datetime
    revoked_at: datetime | None


class ApiKeyMade(ApiKeyAnswer):
    """API-1: the key, told this once; null when a request is repeated with its Idempotency-Key."""

    SECRETS: ClassVar = ("key",)

    key: str | None
