"""What is wrong with the form of a field, in words: the value that was sent, and what would be right (ERR-1)."""

from collections.abc import Mapping, Sized
from typing import Any

from banyan.kernel.texts import shown

_NO_OBJECT = "{sent} is no JSON object"
_MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "is no field of this request",
    "bool_type": "{sent} is neither true nor false",
    "bool_parsing": "{sent} is neither true nor false",
    "int_type": "{sent} is no whole number",
    "int_parsing": "{sent} is no whole number",
    "int_from_float": "{sent} is no whole number",
    "dict_type": _NO_OBJECT,
    "model_type": _NO_OBJECT,
    "model_attributes_type": _NO_OBJECT,
    "string_type": "{sent} is no text",
    "list_type": "{sent} is no list",
    "literal_error": "{sent} is none of {expected}",
    "greater_than_equal": "{sent} is too small; give {ge} or more",
    "less_than_equal": "{sent} is too large; give {le} or less",
    "string_too_short": "has {length} characters; give at least {min_length}",
    "string_too_long": "has {length} characters; give at most {max_length}",
    "too_short": "has {length} entries; give at least {min_length}",
    "too_long": "has {length} entries; give at most {max_length}",
}
"""By pydantic's types of faults; {ge}, {max_length} and the like are what it tells of the limits."""


def form_message(fault: Mapping[str, Any], sent: object) -> str:
    """What is wrong with `sent`. A type of ours has said so itself."""
    length = len(sent) if isinstance(sent, Sized) else 0
    words = _MESSAGES.get(fault["type"], "")
    return words.format(sent=shown(sent), length=length, **fault.get("ctx", {})) or str(fault["msg"])
