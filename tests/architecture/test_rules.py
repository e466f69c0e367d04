"""The list of rules, the code and the tests name the same rules."""

from tests.architecture.rules import LIST, listed, named_by_refusals, proofs, with_tests


def test_every_rule_that_code_names_is_listed():
    assert {rule: places for rule, places in named_by_refusals().items() if rule not in listed()} == {}


def test_every_rule_that_a_test_names_is_listed():
    assert {rule: tests for rule, tests in proofs().items() if rule not in listed()} == {}


def test_every_listed_rule_has_a_test():
    assert [rule for rule in listed() if rule not in proofs()] == []


def test_every_listed_rule_has_a_sentence_and_its_tests_beside_it():
    text = LIST.read_text()
    assert all(sentence.endswith(".") for sentence in listed().values())
    assert text == with_tests(text), "run: make rules"
