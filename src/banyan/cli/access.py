"""What commands about access share: organizations by their codes."""

from collections.abc import Sequence

from banyan.kernel.refusals import Problems
from banyan.organizations.queries import organization_ids


def organizations_with_codes(codes: Sequence[str]) -> list[int]:
    """The organizations behind the codes, in their order. Refused: a code that names none (ORG-1)."""
    numbers = organization_ids(codes)
    problems = Problems()
    for code in codes:
        if code not in numbers:
            problems.add("organization", "unknown", f"there is no organization with the code {code!r}", "ORG-1", code)
    problems.raise_if_any()
    return [numbers[code] for code in codes]
