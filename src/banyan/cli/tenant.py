"""banyan tenant"""

import sys
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from banyan.accounts.actions.set_up_tenant import set_up_tenant
from banyan.cli.output import JsonOption, people, print_json, print_rows, problems_to
from banyan.cli.tenant_content import content_of_tenant, refuse_while_busy
from banyan.cli.working_in import open_database
from banyan.foundation.tenants.actions.add_host import add_host
from banyan.foundation.tenants.actions.create_tenant import create_tenant
from banyan.foundation.tenants.actions.delete_tenant import delete_tenant
from banyan.foundation.tenants.actions.remove_host import remove_host
from banyan.foundation.tenants.models import Tenant
from banyan.foundation.tenants.queries import (
    all_tenants,
    first_tenant,
    hosts_of,
    named_tenant,
    tenants_without_host,
    within_tenant,
)
from banyan.kernel.refusals import invalid

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


@commands.command("delete")
def delete(
    tenant: TenantArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask for the name.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete a tenant for good, with everything in it; refused while something of it is under way."""
    open_database()
    named_tenant(tenant)
    with within_tenant(tenant):
        refuse_while_busy()
        content = content_of_tenant()
    if not yes:
        _ask_for_name(tenant, content)
    deleted = delete_tenant(tenant, refuse_while_busy)
    if as_json:
        print_json({"name": deleted.schema_name, "title": deleted.name, "deleted": content})
    else:
        people.print(f"deleted the tenant {tenant} with {_counted(content)}", highlight=False)


def _ask_for_name(tenant: str, content: Mapping[str, int]) -> None:
    """What goes, how to keep it, and whether it is meant; refused where nobody can answer."""
    problems_to.print(
        f"This deletes {tenant} for good, with {_counted(content)}, files, history, API keys and hosts.\n"
        f"To keep a copy first: banyan export all DIRECTORY --tenant {tenant}",
        highlight=False,
        soft_wrap=True,
    )
    if not sys.stdin.isatty():
        raise invalid("yes", "required", "nobody can be asked here; say --yes if it is meant", "SYS-4")
    if (typed := typer.prompt("Type the name of the tenant to delete it", err=True)) != tenant:
        raise invalid("tenant", "not_confirmed", f"{typed!r} is not {tenant!r}; nothing was deleted", "SYS-4", typed)


def _counted(content: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name if number != 1 else name[:-1]}" for name, number in content.items())


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
