"""Who pays, and the words for why."""

import pytest

from banyan.engine.facts import SubscriptionPayer, WhoPaysMode
from banyan.engine.payer import who_pays, who_pays_correction
from banyan.engine.reasons import because, what_is_paid
from banyan.engine.result import Payer, Step

LEAF, MID, ROOT, OFFICE = 1, 2, 3, 4
NAMES = {LEAF: "Leaf", MID: "Mid", ROOT: "Root", OFFICE: "Office"}
BY_ROOT = SubscriptionPayer(WhoPaysMode.ELDEST_ANCESTOR, ROOT, 1)


@pytest.mark.rule("WHO-3", "WHO-5")
def test_an_account_pays_for_itself_when_nobody_else_was_chosen() -> None:
    assert who_pays(LEAF, None, {}) == Payer(LEAF, "WHO-5", (Step("WHO-5", LEAF, LEAF),))


@pytest.mark.rule("WHO-5", "BHI-1")
def test_the_responsible_account_pays_for_a_managed_one() -> None:
    assert who_pays(LEAF, None, {LEAF: MID}) == Payer(MID, "BHI-1", (Step("BHI-1", LEAF, MID),))


@pytest.mark.rule("WHO-1", "WHO-5")
def test_the_payer_of_the_subscription_pays_and_not_who_is_responsible_for_its_account() -> None:
    assert who_pays(LEAF, BY_ROOT, {LEAF: MID}) == Payer(ROOT, "WHO-1", (Step("WHO-1", LEAF, ROOT),))


@pytest.mark.rule("WHO-5", "WHO-6")
def test_the_account_responsible_for_the_chosen_payer_pays_and_no_further() -> None:
    payer = who_pays(LEAF, BY_ROOT, {ROOT: OFFICE, OFFICE: MID})
    assert payer == Payer(OFFICE, "BHI-1", (Step("WHO-1", LEAF, ROOT), Step("BHI-1", ROOT, OFFICE)))


@pytest.mark.rule("WHO-1", "WHO-5")
def test_choosing_the_own_account_is_no_step() -> None:
    own = SubscriptionPayer(WhoPaysMode.CUSTOMER_SEPARATE, LEAF, None)
    assert who_pays(LEAF, own, {}).trail == (Step("WHO-5", LEAF, LEAF),)
    assert who_pays(LEAF, own, {LEAF: MID}).rule == "BHI-1"


@pytest.mark.rule("WHO-6")
def test_every_step_has_a_sentence() -> None:
    steps = (
        *who_pays(LEAF, BY_ROOT, {ROOT: OFFICE}).trail,
        *who_pays(LEAF, None, {}).trail,
        *who_pays_correction(LEAF, MID).trail,
    )
    assert [because(step, NAMES, "Feb 1, 2026") for step in steps] == [
        "The subscription of Leaf is paid by Root.",
        "Office is responsible for Root on Feb 1, 2026, so it gets the invoice.",
        "Leaf pays for itself: nobody else was chosen or is responsible for it on Feb 1, 2026.",
        "Mid was invoiced for the line that this one corrects, so it gets the correction.",
    ]
    (chosen, _) = who_pays(LEAF, BY_ROOT, {ROOT: OFFICE}).trail
    assert (
        because(chosen, NAMES, "Feb 1, 2026", what_is_paid(None, 7)) == "The one-time charge of Leaf is paid by Root."
    )
    assert because(chosen, NAMES, "Feb 1, 2026", what_is_paid(3, 7)) == "The subscription of Leaf is paid by Root."
    with pytest.raises(ValueError, match="XYZ-1"):
        because(Step("XYZ-1", LEAF, MID), NAMES, "Feb 1, 2026")
