"""Who gets in, and what then is seen (ORG-3)."""

import re
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.http import HttpResponse
from django.test import Client

from banyan.foundation.clock import now
from banyan.foundation.proxies import TrustedProxies
from banyan.organizations.actions.change_user import change_user
from banyan.organizations.actions.create_sign_in_link import create_sign_in_link
from banyan.organizations.actions.create_user import create_user
from banyan.organizations.models import FailedSignIn, SignInLink
from banyan.organizations.roles import Role
from tests.console.conftest import HOST, Visitor, readable

pytestmark = pytest.mark.rule("ORG-3")
PASSWORD = "correct horse battery"
EMAIL = "ben@acme.example"
Visiting = Callable[..., Visitor]


@pytest.fixture(autouse=True)
def quick_hashes(settings):
    """Hashes that are quick to make; how slow the real ones are is Django's."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def test_nobody_sees_a_page_and_is_led_back_to_it_after_signing_in(visitor: Visiting):
    nobody = visitor(None)
    create_user("Ben", EMAIL, PASSWORD)
    answer = nobody.get("/search?q=halden")
    assert answer["Location"] == "/sign-in?next=%2Fsearch%3Fq%3Dhalden"
    answer = nobody.post(answer["Location"], {"email": EMAIL.upper(), "password": PASSWORD})
    assert answer["Location"] == "/search?q=halden"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "search"])
def test_signing_in_leads_to_pages_of_ours_alone(visitor: Visiting, elsewhere: str):
    create_user("Ben", EMAIL, PASSWORD)
    answer = visitor(None).post("/sign-in", {"email": EMAIL, "password": PASSWORD, "next": elsewhere})
    assert answer["Location"] == "/"


def test_what_is_wrong_is_not_told_apart(visitor: Visiting):
    nobody = visitor(None)
    create_user("Ben", EMAIL, PASSWORD)
    create_user("Cay", "cay@acme.example", PASSWORD, active=False)
    create_user("Dee", "dee@acme.example")
    for email, password in [
        (EMAIL, "wrong"),
        ("nobody@acme.example", PASSWORD),
        ("cay@acme.example", PASSWORD),
        ("dee@acme.example", PASSWORD),
    ]:
        answer = nobody.post("/sign-in", {"email": email, "password": password})
        assert answer.status_code == 422
        assert "E-mail address or password is wrong." in readable(answer)


def test_after_five_failures_even_the_right_password_waits(visitor: Visiting):
    create_user("Ben", EMAIL, PASSWORD)
    nobody = visitor(None)
    for _ in range(5):
        nobody.post("/sign-in", {"email": EMAIL, "password": "wrong"})
    answer = nobody.post("/sign-in", {"email": EMAIL, "password": PASSWORD})
    assert "too often. Try again in 15 minutes" in readable(answer)
    FailedSignIn.objects.update(at=now() - timedelta(minutes=16))
    assert nobody.post("/sign-in", {"email": EMAIL, "password": PASSWORD}).status_code == 302


def test_a_link_signs_in_once(visitor: Visiting):
    nobody = visitor(None)
    secret = create_sign_in_link(create_user("Ben", EMAIL).pk)
    assert nobody.get(f"/sign-in/{secret}")["Location"] == "/"
    assert Visitor(nobody.tenant).get(f"/sign-in/{secret}").status_code == 404


def test_a_link_is_good_for_a_day_and_replaces_those_before(visitor: Visiting):
    nobody = visitor(None)
    user = create_user("Ben", EMAIL)
    first, second = create_sign_in_link(user.pk), create_sign_in_link(user.pk)
    assert nobody.get(f"/sign-in/{first}").status_code == 404
    SignInLink.objects.update(expires_at=now())
    assert nobody.get(f"/sign-in/{second}").status_code == 404


def test_a_session_ends_when_the_user_signs_out_becomes_inactive_or_gets_another_password(visitor: Visiting):
    ada = visitor()
    assert ada.user is not None
    assert ada.get("/").status_code == 200
    change_user(ada.user.pk, {"password": PASSWORD})
    assert ada.get("/").status_code == 302
    again = Visitor(ada.tenant, ada.user)
    change_user(ada.user.pk, {"active": False})
    assert again.get("/").status_code == 302
    change_user(ada.user.pk, {"active": True})
    third = Visitor(ada.tenant, ada.user)
    third.post("/sign-out")
    assert third.get("/").status_code == 302


def test_who_has_no_role_is_told_so(visitor: Visiting):
    ada = visitor(None)
    member_of_nothing = Visitor(ada.tenant, create_user("Ben", EMAIL))
    answer = member_of_nothing.get("/")
    assert answer.status_code == 403
    assert "This takes the role viewer" in readable(answer)


def test_a_form_from_elsewhere_is_refused(visitor: Visiting):
    ada = visitor()
    strict = Client(enforce_csrf_checks=True, headers={"host": HOST})
    strict.cookies = ada.client.cookies
    answer = strict.post("/preferences/theme", {"theme": "dark"})
    assert answer.status_code == 403
    assert "came from another site" in readable(answer)


@pytest.mark.parametrize("path", ["/", "/components", "/sign-in"])
def test_every_page_forbids_what_comes_from_elsewhere(visitor: Visiting, path: str):
    answer = visitor(None if path == "/sign-in" else Role.VIEWER).get(path)
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.rule("SYS-6")
@pytest.mark.parametrize("set_by", ["a trusted proxy", "the operator"])
def test_behind_tls_cookies_are_sent_over_tls_only_and_forms_are_taken(visitor: Visiting, settings, set_by: str):
    nobody = visitor(None)
    create_user("Ben", EMAIL, PASSWORD)
    through_proxy = {"host": HOST, "origin": f"https://{HOST}"}
    if set_by == "a trusted proxy":
        through_proxy["x-forwarded-proto"] = "https"

    def signs_in() -> HttpResponse:
        nobody.client = Client(enforce_csrf_checks=True, headers=through_proxy)
        token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', nobody.get("/sign-in").content.decode())
        sent = {"email": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": token and token[1]}
        return nobody.post("/sign-in", sent)

    assert signs_in().status_code == 403
    if set_by == "a trusted proxy":
        settings.PROXIES = TrustedProxies((ip_network("127.0.0.1"),))
    else:
        settings.IS_BEHIND_TLS = True
    answer = signs_in()
    assert answer.status_code == 302
    assert answer["Strict-Transport-Security"] == "max-age=31536000"
    cookie = answer.cookies["banyan_session"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
    assert nobody.client.cookies["banyan_csrf"]["secure"]


@pytest.mark.rule("SYS-6")
def test_where_nothing_says_tls_cookies_and_browsers_are_not_bound_to_it(visitor: Visiting):
    nobody = visitor(None)
    create_user("Ben", EMAIL, PASSWORD)
    answer = nobody.post("/sign-in", {"email": EMAIL, "password": PASSWORD}, **{"x-forwarded-proto": "https"})
    assert answer.status_code == 302
    assert not answer.cookies["banyan_session"]["secure"]
    assert "Strict-Transport-Security" not in answer
