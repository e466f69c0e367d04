"""Create or change a field of the tenant's own (FLD-1)."""

import re
from collections.abc import Mapping

from banyan.accounts.models import CustomField, CustomFieldType, CustomSubject
from banyan.accounts.named import check_known, locked
from banyan.accounts.opening import retry_on_unique_violation
from banyan.accounts.queries import rows_with_custom_field
from banyan.foundation.declared import checks
from banyan.foundation.declared.checks import check_fields, is_blank
from banyan.kernel.refusals import Kind, Problems
from banyan.kernel.texts import shown

KEY = re.compile(r"[a-z][a-z0-9_]{0,49}")
MOST_OPTIONS = 500
LONGEST_OPTION = 200


def _key(field: str, value: object, problems: Problems) -> None:
    if not isinstance(value, str) or not KEY.fullmatch(value):
        message = (
            f"{shown(value)} is not a valid key; use up to 50 lower-case letters, digits and _, starting with a letter."
        )
        problems.add(field, "not_a_key", message, "FLD-1", value)


def _options(field: str, value: object, problems: Problems) -> None:
    if not isinstance(value, list | tuple) or len(value) > MOST_OPTIONS:
        problems.add(field, "not_a_list", f"Give a list of up to {MOST_OPTIONS} texts.", "FLD-1", value)
        return
    for number, option in enumerate(value):
        if is_blank(option):
            problems.add(f"{field}.{number}", "required", "Give an option a text.", "FLD-1", option)
        checks.text(LONGEST_OPTION, "FLD-1")(f"{field}.{number}", option, problems)
        if option in value[:number]:
            problems.add(f"{field}.{number}", "twice", f"The option {shown(option)} is listed twice.", "FLD-1", option)


_CHECKS = {
    "subject": checks.choice(CustomSubject.values, "FLD-1"),
    "key": _key,
    "label": checks.text(200, "FLD-1"),
    "type": checks.choice(CustomFieldType.values, "FLD-1"),
    "options": _options,
    "required": checks.flag("FLD-1"),
    "active": checks.flag("FLD-1"),
}
_FIXED = ("subject", "key")


def create_custom_field(given: Mapping[str, object]) -> CustomField:
    """Required: subject and key. A text unless another type is given; labelled after its key unless told otherwise."""
    key = given.get("key")
    defaults: dict[str, object] = {"subject": None, "key": None, "type": CustomFieldType.TEXT}
    if isinstance(key, str):
        defaults["label"] = key.replace("_", " ").capitalize()
    return _save(None, defaults | {name: value for name, value in given.items() if value is not None})


def update_custom_field(custom_field_id: int, changes: Mapping[str, object]) -> CustomField:
    """Change only what is named. Subject and key are fixed; the type, and an option that is taken away, must not be in
    use. A field that becomes required is asked for when custom fields of a row are next changed."""
    return _save(custom_field_id, changes)


@retry_on_unique_violation
def _save(custom_field_id: int | None, given: Mapping[str, object]) -> CustomField:
    row = CustomField() if custom_field_id is None else locked(CustomField, custom_field_id, "custom field")
    problems = Problems()
    check_known(given, _CHECKS, problems)
    check_fields(_CHECKS, given, problems)
    for name in given.keys() & _CHECKS.keys():
        if is_blank(given[name]):
            problems.add(name, "required", f"Give the custom field's {name}.", "FLD-1")
    if custom_field_id is None:
        _check_free(given, problems)
    else:
        _check_changes(row, given, problems)
    if not problems.about("type", "options"):
        _check_options(given.get("type", row.type), given.get("options", row.options), problems)
    problems.raise_if_any()
    for name, value in given.items():
        setattr(row, name, list(value) if isinstance(value, tuple) else value)
    row.save()
    return row


def _check_free(given: Mapping[str, object], problems: Problems) -> None:
    if problems.about("subject", "key"):
        return
    if CustomField.objects.filter(subject=given["subject"], key=given["key"]).exists():
        message = f"There is a field {given['key']!r} of the {given['subject']} already; choose another key."
        problems.add("key", "taken", message, "FLD-1", given["key"], Kind.CONFLICT)


def _check_changes(row: CustomField, changes: Mapping[str, object], problems: Problems) -> None:
    for name in _FIXED:
        if changes.get(name, getattr(row, name)) != getattr(row, name):
            message = f"The {name} of a field never changes; create another field."
            problems.add(name, "fixed", message, "FLD-1", changes[name], Kind.CONFLICT)
    if changes.get("type", row.type) != row.type and (count := rows_with_custom_field(row).count()):
        message = f"{count:,} {row.subject}s have a value, so the type can't change."
        problems.add("type", "in_use", message, "FLD-1", changes["type"], Kind.CONFLICT)
    kept = changes.get("options", row.options)
    for option in row.options:
        if isinstance(kept, list | tuple) and option not in kept:
            _check_option_unused(row, option, problems)


def _check_option_unused(row: CustomField, option: str, problems: Problems) -> None:
    if count := rows_with_custom_field(row, option).count():
        message = f"{count:,} {row.subject}s have the option {option!r}, so it can't be taken away."
        problems.add("options", "in_use", message, "FLD-1", option, Kind.CONFLICT)


def _check_options(type_: object, options: object, problems: Problems) -> None:
    if type_ == CustomFieldType.CHOICE and not options:
        problems.add("options", "required", "A choice needs options to choose from.", "FLD-1")
    if type_ != CustomFieldType.CHOICE and options:
        message = f"Only a choice has options; leave them out for a {type_}."
        problems.add("options", "not_a_choice", message, "FLD-1", options)
