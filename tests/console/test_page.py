"""The frame around every page: what is sent is done as a whole or not at all."""

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path

from banyan.accounts.actions.write_note import write_note
from banyan.accounts.models import Note
from banyan.console.page import PageRequest, page, show
from banyan.kernel.ids import encode_id
from banyan.web import urls
from tests.business import an_account
from tests.console.conftest import Visitor

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
