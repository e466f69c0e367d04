"""The frame around every page: what is sent is done as a whole or not at all."""

from collections.abc import Callable

import psycopg
import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path

from banyan.accounts.models import Note
from banyan.console import account_changes
from banyan.console.models import Preferences
from banyan.console.page import PageRequest, page, show
from banyan.customers.actions.write_note import write_note
from banyan.kernel.ids import encode_id
from banyan.web import urls
from tests.business import an_account
from tests.console.conftest import Visitor, readable

Visiting = Callable[..., Visitor]


@page("PATCH accounts/*")
def noted(request: PageRequest, account: int, status: int) -> HttpResponse:
    """Writes a note, and answers with that status."""
    write_note(account, "Half done")
    return show(request, "messages/not_found.html", status=status)


urlpatterns = [*urls.urlpatterns, path("noted/<account:account>/<int:status>", noted)]


@pytest.mark.rule("ERR-1")
@pytest.mark.parametrize(("status", "notes"), [(422, 0), (409, 0), (200, 1)])
def test_an_answer_that_refuses_leaves_nothing_behind(visitor: Visiting, status: int, notes: int):
    ada, account = visitor(), an_account()
    with override_settings(ROOT_URLCONF=__name__):
        answer = ada.post(f"/noted/{encode_id('account', account.pk)}/{status}")
    assert (answer.status_code, Note.objects.count()) == (status, notes)


@pytest.mark.rule("REL-A")
@pytest.mark.parametrize(
    ("failure", "status", "says"),
    [
        (psycopg.errors.DiskFull(), 507, "its disk is full"),
        (psycopg.OperationalError(), 503, "The database does not answer"),
        (ZeroDivisionError(), 500, "This failed on our side"),
    ],
)
def test_a_failure_on_our_side_is_a_page_that_says_what_to_do(
    visitor: Visiting, monkeypatch: pytest.MonkeyPatch, failure: Exception, status: int, says: str
):
    ada = visitor()
    ada.client.raise_request_exception = False

    def fails(*given: object) -> None:
        if isinstance(failure, psycopg.Error):
            raise OperationalError from failure
        raise failure

    monkeypatch.setattr(account_changes, "write_note", fails)
    answer = ada.post(f"/accounts/{encode_id('account', an_account().pk)}/notes/new", {"text": "Hello"})
    assert (answer.status_code, says in readable(answer), "Nothing was done" in readable(answer)) == (
        status,
        True,
        True,
    )
    assert "script-src 'self'" in answer["Content-Security-Policy"]


@pytest.mark.rule("ERR-1")
def test_a_theme_is_not_kept_while_the_time_zone_is_refused(visitor: Visiting):
    ada = visitor()
    answer = ada.post("/preferences", {"theme": "dark", "locale": "", "time_zone": "Mars/Olympus"})
    assert answer.status_code == 422
    assert not Preferences.objects.filter(theme="dark").exists()
