"""What commands about access share: organizations by their codes."""

from collections.abc import Sequence

from banyan.kernel.refusals import Problems
from banyan.organizations.queries import organization_ids, organizations

MOST_NAMED = 20


def organizations_with_codes(codes: Sequence[str]) -> list[int]:
    """The organizations behind the codes, in their order. Refused: a code that names none (ORG-1)."""
    numbers = organization_ids(codes)
    problems = Problems()
    unknown = [code for code in codes if code not in numbers]
    if unknown:
        there_are = ", ".join(organizations().order_by("code").values_list("code", flat=True)[:MOST_NAMED])
        for code in unknown:
            message = f"there is no organization with the code {code!r}; there are {there_are}"
            problems.add("organization", "unknown", message, "ORG-1", code)
    problems.raise_if_any()
    return [numbers[code] for code in codes]
