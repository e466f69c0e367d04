"""A problem, as the OpenAPI document describes it (API-3)."""

from banyan.api.fields import Answer
from banyan.api.schemas.history import HistoryEntryAnswer


class FieldProblem(Answer):
    """One thing that is wrong: where (dotted), what, and what would be right."""

    field: str
    code: str
    message: str


class ProblemAnswer(Answer):
    """RFC 9457; `rule` is the first rule that was broken."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    rule: str | None
    errors: list[FieldProblem]


class ChangedAnswer(ProblemAnswer):
    """API-7: what happened since the ETag in If-Match, as far as there is a history: fields with both values, by whom
    and when. `errors` has each field once, with its value then and now."""

    changed: list[HistoryEntryAnswer]
