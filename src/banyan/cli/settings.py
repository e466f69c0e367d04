"""banyan settings"""

import json
from typing import Annotated, Any

import typer

from banyan.cli.output import DEFAULT_TENANT, JsonOption, TenantOption, print_json, print_rows
from banyan.cli.working_in import working_in
from banyan.customers.actions.change_settings import change_settings
from banyan.foundation.queries import read_settings
from banyan.foundation.settings_registry import DEFINITIONS, default_of, to_stored
from banyan.kernel.refusals import invalid, unknown

KeyArgument = Annotated[str, typer.Argument(help="The key of the setting, as `banyan settings list` shows it.")]
commands = typer.Typer(help="The settings of a tenant (SET-1).")


@commands.command("list")
def list_settings(tenant: TenantOption = DEFAULT_TENANT, as_json: JsonOption = False) -> None:
    """Every setting with its value and its default."""
    with working_in(tenant):
        values = to_stored(read_settings())
    if as_json:
        print_json(values)
        return
    print_rows([_described(key, value) for key, value in values.items()], False)


@commands.command("get")
def get(key: KeyArgument, tenant: TenantOption = DEFAULT_TENANT) -> None:
    """The value of one setting, in JSON."""
    with working_in(tenant):
        values = to_stored(read_settings())
    if key not in values:
        raise unknown("key", f"{key!r} is not a setting; it must be one of {', '.join(values)}", key)
    print_json(values[key])


@commands.command("set")
def set_value(
    key: KeyArgument,
    value: Annotated[
        str, typer.Argument(help='In JSON: true, null, ["none", "email"]; a word may stand without quotes.')
    ],
    tenant: TenantOption = DEFAULT_TENANT,
) -> None:
    """Change one setting."""
    with working_in(tenant):
        after = to_stored(change_settings({key: _parsed(key, value)}))
    print_json(after[key])


def _described(key: str, value: Any) -> dict[str, str]:
    help_text = DEFINITIONS[key].metadata["help"]
    return {"key": key, "value": json.dumps(value), "default": json.dumps(default_of(key)), "what": help_text}


def _parsed(key: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        if text.isidentifier():
            return text
    raise invalid(
        key,
        "wrong_value",
        f'{text!r} is not a value; write true, null, a word, or a list such as ["none", "email"]',
        "SET-1",
        text,
    )
