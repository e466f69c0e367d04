"""What a field of a request may look like, and how numbers and ids look in an answer (API-2)."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    JsonValue,
    SkipValidation,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from banyan.kernel.decimals import DECIMALS, WHOLE_DIGITS, parse_decimal
from banyan.kernel.ids import PREFIXES, decode_id, encode_id
from banyan.kernel.texts import shown

EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LARGEST_WHOLE_NUMBER = 10**WHOLE_DIGITS - 1
_DECIMAL_FORM = {
    "type": "string",
    "pattern": f"^-?[0-9]{{1,{WHOLE_DIGITS}}}(\\.[0-9]{{1,{DECIMALS}}})?$",
    "examples": ["19.90"],
}


class Answer(BaseModel):
    """What a client gets: every field, null where there is nothing."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class UnknownId(int):
    """Stands for the id of something out of reach: the number of no row (below 0), shown as the id, so that an action
    says that there is no such row, together with everything else that is wrong."""

    text: str

    def __new__(cls, text: str, number: int) -> "UnknownId":
        none = super().__new__(cls, number)
        none.text = text
        return none

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class PublicId:
    """Reads a public id of one kind as the row's number."""

    kind: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._decode)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "examples": [encode_id(self.kind, 12)]}

    def _decode(self, value: object) -> int:
        number = decode_id(self.kind, value) if isinstance(value, str) else None
        if number is None:
            raise PydanticCustomError(
                "unknown",
                "{value} is not the id of a {kind}, which looks like {example}.",
                {"value": shown(value), "kind": self.kind.replace("_", " "), "example": f"{PREFIXES[self.kind]}_12"},
            )
        return number


OwnerId = Annotated[int, PublicId("owner")]
OrganizationId = Annotated[int, PublicId("organization")]
UserId = Annotated[int, PublicId("user")]
MembershipId = Annotated[int, PublicId("membership")]
ApiKeyId = Annotated[int, PublicId("api_key")]
BillCycleId = Annotated[int, PublicId("bill_cycle")]
PaymentTermId = Annotated[int, PublicId("payment_term")]
AccountCategoryId = Annotated[int, PublicId("account_category")]
AccountTypeId = Annotated[int, PublicId("account_type")]
ContactCategoryId = Annotated[int, PublicId("contact_category")]
CustomFieldId = Annotated[int, PublicId("custom_field")]
CustomerId = Annotated[int, PublicId("customer")]
AccountId = Annotated[int, PublicId("account")]
ContactId = Annotated[int, PublicId("contact")]
NoteId = Annotated[int, PublicId("note")]
ContractId = Annotated[int, PublicId("contract")]
ContractDocumentId = Annotated[int, PublicId("contract_document")]
ProductId = Annotated[int, PublicId("product")]
MeterId = Annotated[int, PublicId("meter")]
PriceId = Annotated[int, PublicId("price")]
DiscountId = Annotated[int, PublicId("discount")]
TaxRateId = Annotated[int, PublicId("tax_rate")]
TaxExemptionId = Annotated[int, PublicId("tax_exemption")]
OrderId = Annotated[int, PublicId("order")]
SubscriptionId = Annotated[int, PublicId("subscription")]
SubscriptionItemId = Annotated[int, PublicId("subscription_item")]
ItemTermsId = Annotated[int, PublicId("item_terms")]
SubscriptionGroupId = Annotated[int, PublicId("subscription_group")]
ChargeId = Annotated[int, PublicId("charge")]
BillRunId = Annotated[int, PublicId("bill_run")]
ImportId = Annotated[int, PublicId("import")]
ExportId = Annotated[int, PublicId("export")]
InvoiceId = Annotated[int, PublicId("invoice")]
InvoiceLineId = Annotated[int, PublicId("invoice_line")]
SimulatedInvoiceId = Annotated[int, PublicId("simulated_invoice")]


@dataclass(frozen=True, slots=True)
class _Day:
    """Reads YYYY-MM-DD."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(read_day)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "format": "date", "examples": ["2026-01-31"]}


@dataclass(frozen=True, slots=True)
class _DecimalText:
    """Reads a decimal from a text or a whole number; never from a float, which has lost digits already (MON-1)."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(read_decimal)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        whole = {"type": "integer", "minimum": -_LARGEST_WHOLE_NUMBER, "maximum": _LARGEST_WHOLE_NUMBER}
        return {"anyOf": [_DECIMAL_FORM, whole]}


@dataclass(frozen=True, slots=True)
class _Choice:
    """Reads any short text; only the document says which words there are."""

    words: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.str_schema(max_length=50)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class _Among:
    """Reads one of a few words, and nothing else."""

    words: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(list(self.words))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class _Base64:
    """Reads bytes from base64."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(read_base64)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "contentEncoding": "base64", "examples": ["bm90ZQ=="]}


Day = Annotated[date, _Day()]
Base64 = Annotated[bytes, _Base64()]
DecimalIn = Annotated[Decimal, _DecimalText()]
DecimalOut = Annotated[str, WithJsonSchema(_DECIMAL_FORM)]
Json = SkipValidation[JsonValue]
"""Anything at all, which the reader of the body has read already."""
CurrencyCode = Annotated[str, StringConstraints(max_length=10), WithJsonSchema({"type": "string", "examples": ["USD"]})]


def not_named(**constraints: Any) -> Any:
    """The default of a field that was not named: a PATCH leaves it as it is. Null is refused unless its type has it."""
    return Field(default_factory=_nothing, **constraints)


def _nothing() -> None:
    return None


def choice(*words: str) -> _Choice:
    """Of a text that should be one of `words`. The action checks it, so that its refusal can name the rule."""
    return _Choice(words)


def among(words: Iterable[str]) -> _Among:
    """Of a filter by one of `words`: with another one nothing could be found (API-9)."""
    return _Among(tuple(map(str, words)))


def text(longest: int, shortest: int = 0) -> StringConstraints:
    """Of a text of so many characters."""
    return StringConstraints(min_length=shortest, max_length=longest)


def read_day(value: object) -> date:
    """A day written as YYYY-MM-DD between 1900 and 2999."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None or not EARLIEST <= day <= LATEST:
        raise PydanticCustomError(
            "not_a_date",
            "{value} is not a date between 1900-01-01 and 2999-12-31, written like 2026-01-31.",
            {"value": shown(value)},
        )
    return day


def read_decimal(value: object) -> Decimal:
    """A plain decimal (kernel.decimals), as a text or a whole number."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST_WHOLE_NUMBER:
        return Decimal(value)
    number = parse_decimal(value) if isinstance(value, str) else None
    if number is not None:
        return number
    raise PydanticCustomError(
        "not_a_decimal",
        '{value} is not a decimal written as a text like "19.90" with at most 18 digits before and 12 after the point.',
        {"value": shown(value)},
    )


def read_base64(value: object) -> bytes:
    """The bytes of a file."""
    try:
        return base64.b64decode(value if isinstance(value, str) else "?", validate=True)
    except ValueError as error:
        message = "is not base64; encode the bytes of the file"
        raise PydanticCustomError("not_base64", message) from error


def id_or_null(kind: str, number: int | None) -> str | None:
    """The public id of a row that may not be there."""
    return None if number is None else encode_id(kind, number)
