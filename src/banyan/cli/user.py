"""banyan user"""

import sys
from typing import Annotated, Any

import typer
from django.db import transaction

from banyan.cli.access import organizations_with_codes
from banyan.cli.output import DEFAULT_TENANT, JsonOption, TenantOption, people, print_json, print_rows
from banyan.cli.working_in import working_in
from banyan.kernel.ids import encode_id
from banyan.kernel.refusals import invalid, unknown
from banyan.organizations.actions.add_membership import add_membership
from banyan.organizations.actions.change_user import change_user
from banyan.organizations.actions.create_sign_in_link import create_sign_in_link
from banyan.organizations.actions.create_user import create_user
from banyan.organizations.actions.remove_membership import remove_membership
from banyan.organizations.models import Membership, User
from banyan.organizations.queries import find_user, memberships_of, users
from banyan.organizations.roles import Role

EmailArgument = Annotated[str, typer.Argument(help="The user's e-mail address.")]
OrganizationArgument = Annotated[str, typer.Argument(help="The code of the organization.")]
PasswordOption = Annotated[
    bool, typer.Option("--password", help="Read a password from standard input; asks for it on a terminal.")
]
TimeZoneOption = Annotated[
    str | None,
    typer.Option(help="In which moments are shown to the user, as in Europe/Berlin; the first owner's when left out."),
]
commands = typer.Typer(help="The people who work here, and what they may do where.")
memberships = typer.Typer(help="The roles of a user; each holds in an organization and everything below it.")
commands.add_typer(memberships, name="membership", no_args_is_help=True)


@commands.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What people call the user.")],
    email: EmailArgument,
    tenant: TenantOption = DEFAULT_TENANT,
    organization: Annotated[
        str | None, typer.Option(help="The code of an organization to make the user a member of.")
    ] = None,
    role: Annotated[
        str | None, typer.Option(help=f"The role there: {', '.join(Role.values)}; viewer when left out.")
    ] = None,
    time_zone: TimeZoneOption = None,
    password: PasswordOption = False,
    as_json: JsonOption = False,
) -> None:
    """Add a user; without a password the user can't sign in yet."""
    if role and not organization:
        message = "a role holds in an organization; name its code with --organization, ROOT for everywhere"
        raise invalid("organization", "required", message, "ORG-3")
    given = _read_password() if password else None
    with working_in(tenant), transaction.atomic():
        user = create_user(name, email, given, time_zone=time_zone)
        for number in organizations_with_codes([organization] if organization else []):
            add_membership(user.pk, number, role or Role.VIEWER)
        row = _described(user)
    _print(row, _as_text(row), as_json)


@commands.command("list")
def list_users(tenant: TenantOption = DEFAULT_TENANT, as_json: JsonOption = False) -> None:
    """Every user with the roles."""
    with working_in(tenant):
        rows = [_described(each) for each in users().order_by("email")]
    print_rows(rows if as_json else [_as_text(row) for row in rows], as_json)


@commands.command("change")
def change(
    email: EmailArgument,
    tenant: TenantOption = DEFAULT_TENANT,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    new_email: Annotated[str | None, typer.Option(help="Another e-mail address.")] = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help="Whether the user may sign in.")] = None,
    time_zone: TimeZoneOption = None,
    password: PasswordOption = False,
    as_json: JsonOption = False,
) -> None:
    """Change what is named."""
    changes: dict[str, Any] = {"name": name, "email": new_email, "active": active, "time_zone": time_zone}
    changes["password"] = _read_password() if password else None
    with working_in(tenant):
        given = {field: value for field, value in changes.items() if value is not None}
        row = _described(change_user(_user(email).pk, given))
    _print(row, _as_text(row), as_json)


@commands.command("sign-in-link")
def sign_in_link(
    email: EmailArgument,
    tenant: TenantOption = DEFAULT_TENANT,
    url: Annotated[str, typer.Option(help="Where the console is served.")] = "http://127.0.0.1:8000",
    as_json: JsonOption = False,
) -> None:
    """Print an address that signs the user in once, within a day, without a password."""
    with working_in(tenant):
        address = f"{url.rstrip('/')}/sign-in/{create_sign_in_link(_user(email).pk)}"
    if as_json:
        print_json({"address": address})
    else:
        typer.echo(address)


@memberships.command("add")
def add(
    email: EmailArgument,
    organization: OrganizationArgument,
    role: Annotated[str, typer.Argument(help=f"One of {', '.join(Role.values)}.")],
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Give a user a role in an organization and everything below it."""
    with working_in(tenant):
        (number,) = organizations_with_codes([organization])
        row = _membership(add_membership(_user(email).pk, number, role))
    _print(row, row, as_json)


@memberships.command("list")
def list_memberships(email: EmailArgument, tenant: TenantOption = DEFAULT_TENANT, as_json: JsonOption = False) -> None:
    """The roles of a user."""
    with working_in(tenant):
        rows = [_membership(each) for each in memberships_of(_user(email).pk).order_by("id")]
    print_rows(rows, as_json)


@memberships.command("remove")
def remove(email: EmailArgument, organization: OrganizationArgument, tenant: TenantOption = DEFAULT_TENANT) -> None:
    """Take the role in an organization away."""
    with working_in(tenant):
        user = _user(email)
        (number,) = organizations_with_codes([organization])
        held = memberships_of(user.pk).filter(organization=number).first()
        if held is None:
            raise unknown("organization", f"{email} is not a member of {organization}", organization)
        remove_membership(user.pk, held.pk)
    people.print(f"{email} is no longer a member of {organization}", markup=False, highlight=False)


def _print(row: dict[str, Any], for_people: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(row)
    else:
        print_rows([for_people], False)


def _user(email: str) -> User:
    user = find_user(email)
    if user is None:
        raise unknown("email", f"there is no user with the e-mail address {email!r}", email)
    return user


def _read_password() -> str:
    """The password, from whoever types it twice or from a pipe."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def _described(user: User) -> dict[str, Any]:
    return {
        "id": encode_id("user", user.pk),
        "name": user.name,
        "email": user.email,
        "active": user.active,
        "time_zone": user.time_zone,
        "has_password": user.password is not None,
        "memberships": [_membership(each) for each in memberships_of(user.pk).order_by("id")],
    }


def _as_text(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "memberships": ", ".join(f"{each['role']} of {each['organization']}" for each in row["memberships"])}


def _membership(row: Membership) -> dict[str, Any]:
    return {"id": encode_id("membership", row.pk), "organization": row.organization.code, "role": row.role}
