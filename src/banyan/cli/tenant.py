"""banyan tenant"""

from typing import Annotated, Any

import typer

from banyan.accounts.actions.set_up_tenant import set_up_tenant
from banyan.cli.output import JsonOption, people, print_json, print_rows
from banyan.cli.working_in import open_database
from banyan.foundation.tenants.actions.create_tenant import create_tenant
from banyan.foundation.tenants.models import Tenant
from banyan.foundation.tenants.queries import all_tenants, hosts_of

commands = typer.Typer(help="The tenants of this installation.")


@commands.command("list")
def list_tenants(as_json: JsonOption = False) -> None:
    """Every tenant and the hosts that lead to it."""
    open_database()
    print_rows([_described(each) for each in all_tenants()], as_json)


@commands.command("create")
def create(
    name: Annotated[str, typer.Argument(help="A plain word: a-z, 0-9 and _.")],
    title: Annotated[str | None, typer.Option(help="What people call it; the name if left out.")] = None,
    host: Annotated[
        list[str] | None, typer.Option(help="A host name that leads to its pages; may be repeated.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a tenant that is usable at once."""
    open_database()
    tenant = create_tenant(name, title or name, tuple(host or ()), set_up_tenant)
    if as_json:
        print_json({"name": tenant.schema_name, "title": tenant.name})
    else:
        people.print(f"made the tenant {tenant.schema_name}")


def _described(tenant: Tenant) -> dict[str, Any]:
    hosts = ", ".join(hosts_of(tenant))
    return {"name": tenant.schema_name, "title": tenant.name, "created_on": tenant.created_on, "hosts": hosts}
