"""What is wrong with the form of a field, in the words that the checks of the actions have for the same: what was sent,
and what would be right (ERR-1)."""

from collections.abc import Mapping, Sized
from typing import Any

from banyan.kernel.texts import shown

_FLAG = ("not_a_flag", "{sent} is neither true nor false.")
_WHOLE_NUMBER = ("not_a_whole_number", "{sent} is not a whole number.")
_OBJECT = ("not_an_object", "{sent} is not a JSON object.")
_FAULTS = {
    "missing": ("required", "{field} is required."),
    "extra_forbidden": ("unknown_field", "There is no field {field} in this request."),
    "bool_type": _FLAG,
    "bool_parsing": _FLAG,
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "string_type": ("not_text", "{sent} is not a text."),
    "list_type": ("not_a_list", "{sent} is not a list."),
    "literal_error": ("not_a_choice", "{sent} must be one of {expected}."),
    "greater_than_equal": ("out_of_range", "{sent} is too small; give {ge} or more."),
    "less_than_equal": ("out_of_range", "{sent} is too large; give {le} or less."),
    "string_too_short": ("too_short", "The text has {length} characters; at least {min_length} are needed."),
    "string_too_long": ("too_long", "The text has {length} characters; at most {max_length} are allowed."),
    "too_short": ("too_short", "The list has {length} entries; at least {min_length} are needed."),
    "too_long": ("too_long", "The list has {length} entries; at most {max_length} are allowed."),
}
"""By pydantic's types of faults: code and message; {ge}, {max_length} and the like are what it tells of the limits."""


def code_of(fault: Mapping[str, Any]) -> str:
    """The code of a fault, as an action would have it. A type of ours is its code."""
    code, _ = _FAULTS.get(fault["type"], (str(fault["type"]), ""))
    return code


def form_message(fault: Mapping[str, Any], sent: object) -> str:
    """What is wrong with `sent`. A type of ours has said so itself."""
    length = len(sent) if isinstance(sent, Sized) else 0
    _, words = _FAULTS.get(fault["type"], ("", ""))
    field = str(fault["loc"][-1]) if fault["loc"] else "body"
    return words.format(field=field, sent=shown(sent), length=length, **fault.get("ctx", {})) or str(fault["msg"])
