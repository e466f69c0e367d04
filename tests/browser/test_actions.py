"""Whatever can be sent from a page is sent by some test of the browser (CON-12)."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.urls import URLPattern

from banyan.console.billing_urls import RESOURCES
from banyan.console.urls import urlpatterns
from tests.browser.resources import FLOWS
from tests.browser.test_resources import verbs_of

SENDS_THOUGH_IT_READS = {"settings", "preferences", "own_password", "theme", "choose", "sign_in", "sign_out"}
"""Pages that anybody may see and that take what is sent to them all the same."""
READS_WITH_A_ROLE = {"import_template"}
JUST_CONFIRMED = (
    {f"{verb}_bill_run" for verb in ("approve", "discard", "reverse", "retry")}
    | {f"{verb}_order" for verb in ("activate", "cancel")}
    | {"void_invoice", "make_sign_in_link", "end_membership", "deactivate_type", "activate_type"}
    | {"import_for_real", "cancel_import", "cancel_export"}
    | {"propose_number", "theme", "choose", "sign_out", "uncancel_subscription", "withdraw_change"}
    | {"preferences"}
)
"""What has nothing to be filled in but what is chosen from lists, and what is deleted and removed."""


def _sending() -> set[str]:
    """The pages, named as in urls.py, to which something is sent."""
    views = {each.name: each.callback for each in urlpatterns if isinstance(each, URLPattern) and each.name}
    found = {name for name, view in views.items() if not getattr(view, "takes", "GET").startswith("GET")}
    return (found - READS_WITH_A_ROLE) | SENDS_THOUGH_IT_READS


def _marks() -> Iterator[pytest.Mark]:
    for path in Path(__file__).parent.glob("test_*.py"):
        for test in vars(import_module(f"tests.browser.{path.stem}")).values():
            yield from (mark for mark in getattr(test, "pytestmark", []) if mark.name == "uses")


def _by_resources(verbs: tuple[str, ...]) -> set[str]:
    """What `test_resources.py` sends: to each resource that has a flow."""
    kinds = {flow.kind for flow in FLOWS}
    of = [resource for resource in RESOURCES if resource.kind in kinds]
    return {f"{verb}_{each.kind}" for each in of for verb in verbs_of(each) if verb in verbs}


@pytest.mark.rule("CON-12")
def test_every_action_of_the_console_is_used_in_a_browser():
    used = {page for mark in _marks() for page in mark.args} | _by_resources(("new", "edit", "delete"))
    assert sorted(_sending() - used) == [], "no test of the browser is marked to use them: pytest.mark.uses"


@pytest.mark.rule("CON-12", "CON-4")
def test_every_form_of_the_console_is_filled_in_wrongly_in_a_browser():
    wrongly = {page for mark in _marks() for page in mark.kwargs.get("wrongly", ())} | _by_resources(("new",))
    forms = {page for page in _sending() if not page.startswith(("delete_", "remove_"))} - JUST_CONFIRMED
    assert sorted(forms - wrongly - _by_resources(("edit",))) == [], "pytest.mark.uses(…, wrongly=…)"
