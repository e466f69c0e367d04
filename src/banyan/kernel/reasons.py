"""Why something was taken back, changed or deleted (RUN-11)."""

from banyan.kernel.refusals import Problems
from banyan.kernel.texts import control_character_in

LONGEST_REASON = 2000


def checked_reason(reason: str, rule: str = "RUN-11") -> str:
    """The reason without blanks around it, "" where none is given. Refused: one that is too long, or no text."""
    problems = Problems()
    given = reason.strip()
    if len(given) > LONGEST_REASON:
        message = f"The reason has {len(given):,} characters; at most {LONGEST_REASON:,} are kept."
        problems.add("reason", "too_long", message, rule, given[:80])
    elif control_character_in(given):
        problems.add("reason", "not_text", "The reason holds a control character; leave it out.", rule, given)
    problems.raise_if_any()
    return given
