"""Answers that are given again."""

import threading

import pytest
from django.db import connection

from banyan.foundation.idempotency import Answer, answer_once
from banyan.foundation.models import Setting
from banyan.foundation.tenants.queries import within_tenant
from banyan.kernel.refusals import Kind, Refusal


def make_setting(key: str = "k") -> Answer:
    return Answer(201, {"id": Setting.objects.create(key=key, value=1).id})


@pytest.mark.rule("ERR-2")
@pytest.mark.usefixtures("tenant")
def test_a_repeated_request_gets_the_first_answer_and_makes_nothing():
    first = answer_once("once", "POST", "/settings", b"{}", make_setting)
    again = answer_once("once", "POST", "/settings", b"{}", make_setting)
    assert first == again
    assert Setting.objects.count() == 1


@pytest.mark.rule("ERR-2")
@pytest.mark.usefixtures("tenant")
def test_a_key_is_refused_for_another_body():
    answer_once("once", "POST", "/settings", b"{}", make_setting)
    with pytest.raises(Refusal) as refused:
        answer_once("once", "POST", "/settings", b'{"a": 1}', make_setting)
    assert (refused.value.kind, refused.value.rule) == (Kind.CONFLICT, "ERR-2")


@pytest.mark.rule("ERR-2")
@pytest.mark.usefixtures("tenant")
def test_a_request_that_was_refused_can_be_repeated_with_its_key():
    def refuse() -> Answer:
        raise Refusal([])

    with pytest.raises(Refusal):
        answer_once("once", "POST", "/settings", b"{}", refuse)
    assert answer_once("once", "POST", "/settings", b"{}", make_setting).status == 201


@pytest.mark.rule("ERR-2")
def test_the_same_request_at_the_same_time_is_done_once(fresh_tenant: str):
    barrier = threading.Barrier(4)
    answers: list[Answer] = []

    def ask() -> None:
        with within_tenant(fresh_tenant):
            barrier.wait()
            answers.append(answer_once("once", "POST", "/settings", b"{}", make_setting))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert len({answer.body["id"] for answer in answers}) == 1
    assert Setting.objects.count() == 1
