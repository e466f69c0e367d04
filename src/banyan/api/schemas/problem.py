"""A problem, as the OpenAPI document describes it (API-3)."""

from banyan.api.fields import Answer


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
