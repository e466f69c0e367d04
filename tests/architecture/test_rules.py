"""The list of rules, the code and the tests name the same rules."""

import pytest

from tests.architecture.rules import LIST, Proof, listed, named_by_refusals, proofs, with_tests


@pytest.fixture(scope="module")
def rules() -> dict[str, str]:
    return listed()


@pytest.fixture(scope="module")
def proved() -> dict[str, list[Proof]]:
    return proofs()


def test_every_rule_that_code_names_is_listed(rules: dict[str, str]):
    assert {rule: places for rule, places in named_by_refusals().items() if rule not in rules} == {}


def test_every_rule_that_a_test_names_is_listed(rules: dict[str, str], proved: dict[str, list[Proof]]):
    assert {rule: tests for rule, tests in proved.items() if rule not in rules} == {}


def test_every_listed_rule_has_a_test(rules: dict[str, str], proved: dict[str, list[Proof]]):
    assert [rule for rule in rules if rule not in proved] == []


def test_every_listed_rule_has_a_sentence_and_its_tests_beside_it(
    rules: dict[str, str], proved: dict[str, list[Proof]]
):
    text = LIST.read_text()
    assert [rule for rule, sentence in rules.items() if not sentence.endswith(".")] == []
    assert text == with_tests(text, proved), "run: make rules"
