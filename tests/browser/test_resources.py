"""What is simply listed, created, changed and deleted, used in a browser (CON-11)."""

import re
import secrets

import pytest
from playwright.sync_api import expect

from banyan.console.billing_urls import RESOURCES
from banyan.console.resources.resource import Resource
from tests.browser.axe import findings
from tests.browser.conftest import Visit
from tests.browser.resources import FLOWS, Flow
from tests.browser.using import Filled, carried_out, opened, refused

pytestmark = [pytest.mark.rule("CON-12", "CON-11")]
BY_KIND = {resource.kind: resource for resource in RESOURCES}


def _named(filled: Filled, word: str) -> Filled:
    return {name: value.format(word) if isinstance(value, str) else value for name, value in filled.items()}


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.kind)
def test_it_is_refused_created_changed_and_deleted(visit: Visit, flow: Flow):
    resource, word = BY_KIND[flow.kind], secrets.token_hex(3)
    visit.open(f"/{resource.path}")
    opened(visit, f"New {resource.one}")
    create = f"Create {resource.one}"
    problems = {name: words.format(word) for name, words in flow.problems.items()}
    refused(visit, create, _named(flow.wrong, word), problems)
    carried_out(visit, create, _named(flow.right, word), "is created.")
    assert findings(visit.page) == []
    if resource.change:
        _press_at_row(visit, resource, resource.verb_to_change, flow.shown.format(word))
        carried_out(visit, "Save", _named(flow.change, word), "is changed.")
    if resource.delete:
        changed = next((value for name, value in flow.change.items() if name.endswith("name")), flow.shown)
        _press_at_row(visit, resource, resource.text_to_delete, str(changed).format(word))
        carried_out(visit, resource.text_to_delete, {}, "is deleted.")
        expect(visit.page.locator("#rows")).not_to_contain_text(str(changed).format(word))
    assert visit.carried_out() == {f"{verb}_{resource.kind}" for verb in verbs_of(resource)}
    assert visit.refused() == {f"new_{resource.kind}"}


def verbs_of(resource: Resource) -> list[str]:
    """What can be done with a resource by pages that are made of its declaration."""
    there = {"new": resource.create, "edit": resource.change, "delete": resource.delete}
    return [verb for verb, action in there.items() if action]


def _press_at_row(visit: Visit, resource: Resource, verb: str, shown: str) -> None:
    """Open what is to be done with a row, from its page or from its line in the list."""
    if resource.shown_by:
        expect(visit.page.get_by_role("heading", level=1)).to_contain_text(shown)
        opened(visit, verb)
        return
    visit.page.locator("#rows tbody tr", has_text=shown).first.get_by_role("link", name=re.compile(f"^{verb} ")).click()
    visit.page.wait_for_selector("#frame.show .modal-header")
