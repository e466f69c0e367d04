"""banyan apikey"""

from typing import Annotated

import typer

from banyan.cli.access import organizations_with_codes
from banyan.cli.output import DEFAULT_TENANT, JsonOption, TenantOption, people, print_json, print_rows
from banyan.cli.working_in import working_in
from banyan.kernel.ids import decode_id, encode_id
from banyan.kernel.refusals import unknown
from banyan.organizations.actions.create_api_key import create_api_key
from banyan.organizations.actions.revoke_api_key import revoke_api_key
from banyan.organizations.models import ApiKey
from banyan.organizations.queries import api_keys
from banyan.organizations.roles import Role

commands = typer.Typer(help="Keys of the REST API.")


@commands.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    tenant: TenantOption = DEFAULT_TENANT,
    role: Annotated[str, typer.Option(help=f"One of {', '.join(Role.values)}.")] = Role.ADMINISTRATOR.value,
    organization: Annotated[
        list[str] | None,
        typer.Option(help="The code of an organization to which it is limited, with all below it; may be repeated."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key and print it; it can't be printed again. Without an organization its role holds everywhere."""
    with working_in(tenant):
        row, key = create_api_key(name, role, organizations_with_codes(organization or []))
        made = {"id": encode_id("api_key", row.id), "name": row.name, "role": row.role, "organizations": _codes(row)}
    if as_json:
        print_json({**made, "key": key})
    else:
        people.print(key, soft_wrap=True, highlight=False)


@commands.command("list")
def list_keys(tenant: TenantOption = DEFAULT_TENANT, as_json: JsonOption = False) -> None:
    """Every key, also those that are revoked."""
    with working_in(tenant):
        rows = [
            {
                "id": encode_id("api_key", each.id),
                "name": each.name,
                "role": each.role,
                "organizations": _codes(each) if as_json else ", ".join(_codes(each)),
                "created_at": each.created_at,
                "revoked_at": each.revoked_at,
            }
            for each in api_keys()
        ]
    print_rows(rows, as_json)


@commands.command("revoke")
def revoke(
    api_key: Annotated[str, typer.Argument(help="The id of the key, as `banyan apikey list` shows it.")],
    tenant: TenantOption = DEFAULT_TENANT,
) -> None:
    """Make a key open nothing from now on."""
    number = decode_id("api_key", api_key)
    if number is None:
        raise unknown("api_key", f"{api_key!r} is not the id of an API key, such as key_1", api_key)
    with working_in(tenant):
        row = revoke_api_key(number)
    people.print(f"revoked {row.name}", markup=False, highlight=False)


def _codes(key: ApiKey) -> list[str]:
    return [organization.code for organization in key.organizations.all()]
