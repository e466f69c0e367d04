"""SET-1: every setting of a tenant, declared once; API, CLI, console, checks and storage come from this class."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from enum import StrEnum
from typing import Any

from banyan.kernel.refusals import Kind, Problems
from banyan.kernel.texts import shown


class DefaultPayer(StrEnum):
    """WHO-2: the payer chosen for a subscription that names none."""

    CUSTOMER_SEPARATE = "customer_separate"
    CUSTOMER_CONSOLIDATED = "customer_consolidated"
    PARENT = "parent"
    ELDEST_ANCESTOR = "eldest_ancestor"


class InvoiceType(StrEnum):
    """ACC-10: how an account's invoices reach it."""

    NONE = "none"
    EMAIL = "email"
    PAPER = "paper"
    PAPER_AND_EMAIL = "paper_and_email"


def _yes_or_no(default: bool, label: str, help_text: str, needs: str | None = None) -> Any:
    return field(default=default, metadata={"label": label, "help": help_text, "kind": "boolean", "needs": needs})


def _one_of(choices: type[StrEnum], label: str, help_text: str) -> Any:
    return field(default=None, metadata={"label": label, "help": help_text, "kind": "choice", "choices": choices})


def _some_of(choices: type[StrEnum], default: tuple[StrEnum, ...], label: str, help_text: str) -> Any:
    return field(default=default, metadata={"label": label, "help": help_text, "kind": "choices", "choices": choices})


def _whole_number(default: int, least: int, most: int, label: str, help_text: str) -> Any:
    about = {"label": label, "help": help_text, "kind": "number", "least": least, "most": most}
    return field(default=default, metadata=about)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a tenant as they are now. `needs` in a declaration names a setting that has to be on as well."""

    allow_multi_customer_accounts: bool = _yes_or_no(
        True, "Allow Multi-Customer Accounts", "A customer may have more than one billing account."
    )
    enable_customer_hierarchies: bool = _yes_or_no(
        True, "Enable Customer Hierarchies", "A customer may have a parent customer."
    )
    enable_who_pays: bool = _yes_or_no(
        True,
        "Enable WhoPays",
        "A subscription may be paid by an ancestor of its customer.",
        needs="enable_customer_hierarchies",
    )
    default_payer_and_consolidation: DefaultPayer | None = _one_of(
        DefaultPayer,
        "Default Payer & Consolidation",
        "Who pays for a new subscription that names no payer, and whether its charges share an invoice.",
    )
    enable_account_hierarchy_management: bool = _yes_or_no(
        True, "Enable Account Hierarchy Management", "An account may have a parent account."
    )
    require_same_bill_cycle_for_account_hierarchy: bool = _yes_or_no(
        False, "Require Same Bill Cycle for Account Hierarchy", "A child account must have its parent's bill cycle."
    )
    enable_responsible_account_management: bool = _yes_or_no(
        True, "Enable Responsible Account Management", "An account may be invoiced for the charges of other accounts."
    )
    restrict_responsible_account_to_account_hierarchy: bool = _yes_or_no(
        False,
        "Restrict Responsible Account To Account Hierarchy",
        "A responsible account has to be in the same account hierarchy as its managed accounts.",
    )
    overall_invoice_distribution: tuple[InvoiceType, ...] = _some_of(
        InvoiceType,
        (InvoiceType.NONE, InvoiceType.EMAIL),
        "Overall Invoice Distribution",
        "The invoice types that an account may choose from.",
    )
    require_bill_run_approval: bool = _yes_or_no(
        False, "Require Bill Run Approval", "The invoices of a bill run are issued only once somebody approves it."
    )
    bill_ahead_days: int = _whole_number(
        7,
        0,
        3650,
        "Bill Ahead Days",
        "A bill run takes billing dates up to this many days ahead; later ones only when that is asked for explicitly.",
    )
    bill_suspended_accounts: bool = _yes_or_no(
        True,
        "Bill Suspended Accounts",
        "Recurring charges of suspended accounts go on. If not, the days of suspension are never charged.",
    )
    second_opinion: int = _whole_number(
        100,
        0,
        1_000_000,
        "Second Opinion",
        "After each bill run, this many of its payers, chosen at random, and all whose terms, time zone, payer or "
        "discounts changed since the run before are billed again, independently, and every line is compared. 0: none.",
    )


DEFINITIONS: Mapping[str, Field[Any]] = {definition.name: definition for definition in fields(Settings)}


def from_stored(values: Mapping[str, Any]) -> Settings:
    """The settings, given what is stored of them: everything else is at its default."""
    return Settings(**{key: _typed(DEFINITIONS[key], value) for key, value in values.items() if key in DEFINITIONS})


def to_stored(settings: Settings) -> dict[str, Any]:
    """The settings as plain JSON values, by key."""
    return {key: _plain(getattr(settings, key)) for key in DEFINITIONS}


def changed(settings: Settings, changes: Mapping[str, object]) -> Settings:
    """The settings with `changes`, given as plain JSON values, applied.

    Refused (SET-1): a key that is none, a value of another type or not among the choices, and (409) a setting that is
    on while one that it needs is off.
    """
    problems = Problems()
    for key, value in changes.items():
        if key not in DEFINITIONS:
            problems.add(
                key,
                "unknown_setting",
                f"{key} is not a setting; it must be one of {', '.join(DEFINITIONS)}",
                "SET-1",
                value,
            )
        elif expected := _mismatch(DEFINITIONS[key], value):
            problems.add(
                key, "wrong_value", f"{shown(value)} is not a valid value for {key}: {expected}", "SET-1", value
            )
    wrong = {problem.field for problem in problems.found}
    right = {key: value for key, value in changes.items() if key not in wrong}
    result = from_stored({**to_stored(settings), **right})
    _check_needs(result, changes, problems)
    problems.raise_if_any()
    return result


def default_of(key: str) -> Any:
    """The default of a setting as a plain JSON value."""
    default = DEFINITIONS[key].default
    assert default is not MISSING
    return _plain(default)


def _check_needs(settings: Settings, changes: Mapping[str, object], problems: Problems) -> None:
    for key, definition in DEFINITIONS.items():
        needed = definition.metadata.get("needs")
        if needed and not problems.about(key, needed) and getattr(settings, key) and not getattr(settings, needed):
            at_fault = needed if needed in changes else key
            it, other = (f"{DEFINITIONS[each].metadata['label']} ({each})" for each in (key, needed))
            message = f"{it} needs {other}: switch the former off or the latter on"
            problems.add(at_fault, "needed_setting_is_off", message, "SET-1", changes.get(at_fault), Kind.CONFLICT)


def _mismatch(definition: Field[Any], value: object) -> str | None:
    """What would be right, when the value is not; None when it is."""
    kind = definition.metadata["kind"]
    if kind == "boolean":
        return None if isinstance(value, bool) else "it is true or false"
    if kind == "number":
        least, most = definition.metadata["least"], definition.metadata["most"]
        is_right = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return None if is_right else f"it is a whole number from {least} to {most}"
    choices = [choice.value for choice in definition.metadata["choices"]]
    if kind == "choice":
        return None if value is None or value in choices else f"it is null or one of {', '.join(choices)}"
    if isinstance(value, list) and value and all(each in choices for each in value) and len(set(value)) == len(value):
        return None
    return f"it is a list of one or more of {', '.join(choices)}, each once"


def _typed(definition: Field[Any], value: Any) -> Any:
    choices = definition.metadata.get("choices")
    if choices is None or value is None:
        return value
    return tuple(choices(each) for each in value) if definition.metadata["kind"] == "choices" else choices(value)


def _plain(value: Any) -> Any:
    return (
        [str(each) for each in value]
        if isinstance(value, tuple)
        else str(value)
        if isinstance(value, StrEnum)
        else value
    )
