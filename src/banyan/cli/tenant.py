"""banyan tenant"""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from banyan.accounts.actions.set_up_tenant import set_up_tenant
from banyan.cli.output import JsonOption, people, print_json, print_rows
from banyan.cli.working_in import open_database
from banyan.foundation.tenants.actions.add_host import add_host
from banyan.foundation.tenants.actions.create_tenant import create_tenant
from banyan.foundation.tenants.actions.remove_host import remove_host
from banyan.foundation.tenants.models import Tenant
from banyan.foundation.tenants.queries import all_tenants, first_tenant, hosts_of, tenants_without_host

TenantArgument = Annotated[str, typer.Argument(help="The tenant, as `banyan tenant list` names it.")]
HostArgument = Annotated[str, typer.Argument(help="A host name, such as billing.acme.example.")]
commands = typer.Typer(help="The tenants of this installation.")
hosts = typer.Typer(help="The host names that lead to the pages of a tenant.")
commands.add_typer(hosts, name="host", no_args_is_help=True)


@commands.command("list")
def list_tenants(as_json: JsonOption = False) -> None:
    """Every tenant and the hosts that lead to it."""
    open_database()
    rows = [_described(each) for each in all_tenants()]
    print_rows(rows if as_json else [_as_text(row) for row in rows], as_json)


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
        print_json(_described(tenant))
        return
    people.print(f"made the tenant {tenant.schema_name}", highlight=False)
    for sentence in _who_answers(tenant):
        people.print(sentence, markup=False, highlight=False)


@hosts.command("add")
def add(tenant: TenantArgument, host: HostArgument) -> None:
    """Let a host lead to the pages of a tenant. Hosts of nobody lead to the first tenant, until it has some itself."""
    open_database()
    add_host(tenant, host)
    people.print(f"{host} leads to {tenant}", markup=False, highlight=False)


@hosts.command("remove")
def remove(tenant: TenantArgument, host: HostArgument) -> None:
    """Let a host lead there no more."""
    open_database()
    remove_host(tenant, host)
    people.print(f"{host} does not lead to {tenant} any more", markup=False, highlight=False)


def _who_answers(made: Tenant) -> Iterator[str]:
    """Under which hosts the pages of a new tenant are found, and those of the ones that have none."""
    if hosts := hosts_of(made):
        yield f"its pages are at {', '.join(hosts)}"
    first = first_tenant()
    if first is None or first == made:
        return
    if not hosts_of(first):
        yield f"every other host, such as 127.0.0.1, goes on leading to {first.schema_name}"
    for hidden in tenants_without_host():
        name = hidden.schema_name
        yield f"no host leads to the pages of {name} yet; `banyan tenant host add {name} {name}.localhost` lets one"


def _described(tenant: Tenant) -> dict[str, Any]:
    """A tenant as programs are told it."""
    return {
        "name": tenant.schema_name,
        "title": tenant.name,
        "created_on": tenant.created_on,
        "hosts": hosts_of(tenant),
    }


def _as_text(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "hosts": ", ".join(row["hosts"])}
