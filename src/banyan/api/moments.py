"""Moments in a request: RFC 3339 (API-2), and where it says so a day instead."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from banyan.api.fields import EARLIEST, LATEST, read_day
from banyan.kernel.texts import shown

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT_FORM = {"type": "string", "format": "date-time", "examples": ["2026-01-31T10:00:00Z"]}
_DAY_FORM = {"type": "string", "format": "date", "examples": ["2026-01-31"]}


@dataclass(frozen=True, slots=True)
class _Moment:
    """Reads a moment; one without an offset stays so, for whoever takes it to judge."""

    or_day: bool = False
    utc_without_offset: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [_DAY_FORM, _MOMENT_FORM]} if self.or_day else dict(_MOMENT_FORM)

    def _read(self, value: object) -> date | datetime:
        if self.or_day and isinstance(value, str) and _DAY.fullmatch(value):
            return read_day(value)
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value.upper() else None
        except ValueError:
            moment = None
        if moment is None or not EARLIEST.year <= moment.year <= LATEST.year:
            day = "a day like 2026-01-31 or " if self.or_day else ""
            message = "{value} is not {day}a time like 2026-01-31T10:00:00Z"
            raise PydanticCustomError("invalid_moment", message, {"value": shown(value), "day": day})
        return moment.replace(tzinfo=UTC) if self.utc_without_offset and moment.tzinfo is None else moment


Moment = Annotated[datetime, _Moment(utc_without_offset=True)]
MomentAsSent = Annotated[datetime, _Moment()]
DayOrMoment = Annotated[date | datetime, _Moment(or_day=True, utc_without_offset=True)]
