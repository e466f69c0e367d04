"""Which passwords are refused, wherever one is set, and what a new one ends."""

import json

import pytest

from banyan.kernel.refusals import Refusal
from banyan.organizations.actions.change_user import change_user
from banyan.organizations.actions.create_sign_in_link import create_sign_in_link
from banyan.organizations.actions.create_user import create_user
from banyan.organizations.actions.use_sign_in_link import use_sign_in_link
from tests.serving import RunningServer

PASSWORD = "correct horse battery"


@pytest.mark.rule("ORG-6")
@pytest.mark.usefixtures("tenant")
@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "weak_password"),
        ("x" * 201, "weak_password"),
        ("aaaaaaaaaaaa", "weak_password"),
        ("1234567890", "common_password"),
        ("QwertyUiop", "common_password"),
        ("Password2026!", "common_password"),
        ("ben.halden@acme.example", "password_like_user"),
        ("BEN.HALDEN@ACME.EXAMPLE1", "password_like_user"),
        ("Ben Fredrik Halden", "password_like_user"),
        ("fredrik-2026", "password_like_user"),
    ],
)
def test_a_password_that_is_guessed_first_is_refused(password: str, code: str):
    name, email = "Ben Fredrik Halden", "ben.halden@acme.example"
    with pytest.raises(Refusal) as refused:
        create_user(name, email, password)
    assert [problem.code for problem in refused.value.problems] == [code]
    user = create_user(name, email, PASSWORD)
    with pytest.raises(Refusal) as refused:
        change_user(user.pk, {"password": password})
    assert [(problem.code, problem.rule) for problem in refused.value.problems] == [(code, "ORG-6")]
    assert change_user(user.pk, {"password": "four words by chance"}).password


@pytest.mark.rule("ORG-6")
@pytest.mark.usefixtures("tenant")
def test_a_password_is_compared_with_the_name_that_is_given_with_it():
    user = create_user("Ben", "ben@acme.example")
    with pytest.raises(Refusal) as refused:
        change_user(user.pk, {"name": "Wilhelmina", "password": "wilhelmina9"})
    assert refused.value.problems[0].code == "password_like_user"
    assert change_user(user.pk, {"password": "wilhelmina9"}).password


@pytest.mark.rule("ORG-6")
@pytest.mark.usefixtures("tenant")
def test_a_new_password_ends_the_links_that_were_made_before():
    user = create_user("Ben", "ben@acme.example", PASSWORD)
    secret = create_sign_in_link(user.pk)
    change_user(user.pk, {"password": "four words by chance"})
    with pytest.raises(Refusal):
        use_sign_in_link(secret)


@pytest.mark.rule("ORG-6", "SYS-3")
def test_the_command_line_and_the_api_refuse_the_same_passwords(server: RunningServer):
    answer = server.call("POST", "/users", {"name": "Cay", "email": "cay@acme.example", "password": "password123"})
    assert (answer.status, [error["code"] for error in answer.body["errors"]]) == (422, ["common_password"])
    assert answer.body["rule"] == "ORG-6"
    made = server.program("user", "create", "Cay", "cay@acme.example", "--password", "--json", sent="password123\n")
    assert made.returncode == 2
    assert [error["code"] for error in json.loads(made.stdout or made.stderr)["errors"]] == ["common_password"]
