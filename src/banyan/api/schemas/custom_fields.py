"""Fields of the tenant's own, for customers and accounts."""

from typing import Annotated

from pydantic import ConfigDict, Field

from banyan.api.bodies import Body
from banyan.api.fields import Answer, choice, not_named, text

Subject = Annotated[str, choice("customer", "account")]
Type = Annotated[str, choice("text", "number", "date", "yes_no", "choice")]
Options = list[Annotated[str, text(1000)]]


class NewCustomField(Body):
    """FLD-1. A text unless another `type` is given; `options` are those of a choice."""

    model_config = ConfigDict(json_schema_extra={"required": ["subject", "key"]})

    subject: Subject = not_named()
    key: Annotated[str, text(200)] = not_named()
    label: Annotated[str, text(1000)] | None = None
    type: Type | None = None
    options: Options | None = Field(None, max_length=1000)
    required: bool | None = None
    active: bool | None = None


class CustomFieldChanges(Body):
    """Only what is named changes. Subject and key are fixed; the type is while something has a value."""

    subject: Subject = not_named()
    key: Annotated[str, text(200)] = not_named()
    label: Annotated[str, text(1000)] = not_named()
    type: Type = not_named()
    options: Options = not_named(max_length=1000)
    required: bool = not_named()
    active: bool = not_named()


class CustomFieldAnswer(Answer):
    """FLD-1."""

    id: str
    subject: str
    key: str
    label: str
    type: str
    options: list[str]
    required: bool
    active: bool
