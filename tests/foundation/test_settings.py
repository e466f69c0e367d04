"""Settings of a tenant."""

import pytest

from banyan.customers.actions.change_settings import change_settings
from banyan.foundation.models import HistoryEntry
from banyan.foundation.queries import read_settings
from banyan.foundation.settings_registry import DEFINITIONS, DefaultPayer, InvoiceType
from banyan.kernel.refusals import Kind, Refusal

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.mark.rule("SET-1", "SYS-5")
def test_a_new_tenant_has_every_setting_at_its_default():
    settings = read_settings()
    assert settings.allow_multi_customer_accounts is True
    assert settings.default_payer_and_consolidation is None
    assert settings.overall_invoice_distribution == (InvoiceType.NONE, InvoiceType.EMAIL)
    assert settings.require_bill_run_approval is False


@pytest.mark.rule("SET-1")
def test_a_changed_setting_is_read_back_with_its_type():
    change_settings({"default_payer_and_consolidation": "parent", "overall_invoice_distribution": ["paper"]})
    settings = read_settings()
    assert settings.default_payer_and_consolidation is DefaultPayer.PARENT
    assert settings.overall_invoice_distribution == (InvoiceType.PAPER,)


@pytest.mark.rule("SET-1", "ERR-1")
def test_every_wrong_value_is_told_at_once_and_nothing_is_changed():
    with pytest.raises(Refusal) as refused:
        change_settings(
            {
                "require_bill_run_approval": True,
                "bill_suspended_accounts": "yes",
                "default_payer_and_consolidation": "uncle",
                "overall_invoice_distribution": [],
                "color": "green",
            }
        )
    wrong = {problem.field for problem in refused.value.problems}
    assert wrong == {
        "bill_suspended_accounts",
        "default_payer_and_consolidation",
        "overall_invoice_distribution",
        "color",
    }
    assert refused.value.kind is Kind.INVALID
    assert read_settings().require_bill_run_approval is False


@pytest.mark.rule("SET-1")
def test_hierarchies_stay_on_while_who_pays_needs_them():
    with pytest.raises(Refusal) as refused:
        change_settings({"enable_customer_hierarchies": False})
    assert refused.value.kind is Kind.CONFLICT
    assert refused.value.rule == "SET-1"


@pytest.mark.rule("SET-1", "ERR-1")
def test_what_a_setting_needs_is_told_with_other_values_that_are_wrong_but_not_because_of_them():
    with pytest.raises(Refusal) as refused:
        change_settings({"enable_customer_hierarchies": False, "bill_suspended_accounts": "yes"})
    assert [problem.field for problem in refused.value.problems] == [
        "bill_suspended_accounts",
        "enable_customer_hierarchies",
    ]
    with pytest.raises(Refusal) as refused:
        change_settings({"enable_customer_hierarchies": False, "enable_who_pays": "no"})
    assert [problem.field for problem in refused.value.problems] == ["enable_who_pays"]


@pytest.mark.rule("SET-1")
def test_hierarchies_and_who_pays_can_be_switched_off_together():
    settings = change_settings({"enable_customer_hierarchies": False, "enable_who_pays": False})
    assert settings.enable_customer_hierarchies is False


@pytest.mark.rule("SET-1", "ACC-16")
def test_a_first_change_is_in_the_history_with_the_default_as_its_old_value():
    change_settings({"bill_suspended_accounts": False})
    entry = HistoryEntry.objects.filter(subject_kind="setting", action="changed").get()
    assert entry.changes == {"value": [True, False]}


@pytest.mark.rule("SET-1")
def test_every_setting_is_declared_with_a_label_and_a_help_text():
    assert len(DEFINITIONS) == 13
    assert all(each.metadata["label"] and each.metadata["help"].endswith(".") for each in DEFINITIONS.values())


@pytest.mark.rule("SET-1", "ERR-1")
def test_a_number_is_a_whole_one_within_its_bounds():
    assert change_settings({"second_opinion": 0}).second_opinion == 0
    for wrong in (-1, 1_000_001, 2.5, "100", True, None):
        with pytest.raises(Refusal) as refused:
            change_settings({"second_opinion": wrong})
        assert "it is a whole number from 0 to 1000000" in refused.value.problems[0].message
