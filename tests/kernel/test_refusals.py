"""A refusal tells everything that is wrong."""

import pytest

from banyan.kernel.ids import decode_id, encode_id
from banyan.kernel.refusals import Kind, Problems, Refusal, conflict


@pytest.mark.rule("ERR-1")
def test_all_problems_of_an_input_are_told_at_once_with_the_first_rule() -> None:
    problems = Problems()
    problems.add("name", "required", "A name is required.")
    problems.add("number", "taken", "ACC-1 is taken.", rule="ACC-1", kind=Kind.CONFLICT)
    with pytest.raises(Refusal) as refused:
        problems.raise_if_any()
    assert [problem.field for problem in refused.value.problems] == ["name", "number"]
    assert (refused.value.rule, refused.value.kind) == ("ACC-1", Kind.CONFLICT)


@pytest.mark.rule("ERR-1")
def test_without_a_problem_nothing_is_refused() -> None:
    Problems().raise_if_any()
    assert conflict("parent", "cycle", "That is a cycle.", "REL-2").rule == "REL-2"


@pytest.mark.rule("ERR-1")
def test_what_is_right_so_far_is_known() -> None:
    problems = Problems()
    problems.add("options.0", "twice", "It is listed twice.")
    assert problems.about("key", "options")
    assert not problems.about("key", "option")


@pytest.mark.rule("API-2")
@pytest.mark.parametrize("text", ["acc_0", "acc_01", "cus_1", "acc_", "acc_9223372036854775808", "1", "acc_1 "])
def test_a_text_that_is_no_id_of_an_account_leads_nowhere(text: str) -> None:
    assert decode_id("account", text) is None
    assert decode_id("account", encode_id("account", 12)) == 12
