"""Who gets in, and what then is seen (ORG-3)."""

import re
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.http import HttpResponse
from django.test import Client

from banyan.foundation.actors import Actor
from banyan.foundation.clock import now
from banyan.foundation.history import acting_as
from banyan.foundation.proxies import TrustedProxies
from banyan.foundation.tenants.queries import within_tenant
from banyan.organizations.actions.add_membership import add_membership
from banyan.organizations.actions.change_user import change_user
from banyan.organizations.actions.create_api_key import create_api_key
from banyan.organizations.actions.create_sign_in_link import create_sign_in_link
from banyan.organizations.actions.create_user import create_user
from banyan.organizations.known_browsers import Browser, read_browser
from banyan.organizations.models import AttemptCount, SignInLink
from banyan.organizations.roles import Role
from banyan.organizations.tree import root
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


def guesses(nobody: Visitor, password: str = "wrong", email: str = EMAIL) -> HttpResponse:
    return nobody.post("/sign-in", {"email": email, "password": password})


def some_time_later(passed: timedelta) -> None:
    for row in AttemptCount.objects.all():
        AttemptCount.objects.filter(pk=row.pk).update(last_at=row.last_at - passed)


@pytest.mark.rule("ORG-6")
def test_after_five_attempts_in_vain_the_next_one_waits_each_time_longer(visitor: Visiting):
    create_user("Ben", EMAIL, PASSWORD)
    nobody = visitor(None)
    assert [guesses(nobody).status_code for _ in range(5)] == [422] * 5
    waits = []
    for _ in range(8):
        answer = guesses(nobody, PASSWORD)
        assert answer.status_code == 429
        waits.append(int(answer["Retry-After"]))
        some_time_later(timedelta(seconds=waits[-1]))
        assert guesses(nobody).status_code == 422
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]
    assert "There were too many wrong attempts. Try again in 15 minutes." in readable(guesses(nobody, PASSWORD))
    some_time_later(timedelta(minutes=15))
    assert guesses(nobody, PASSWORD).status_code == 302


@pytest.mark.rule("ORG-6")
def test_what_waits_is_not_counted_and_an_hour_later_all_is_forgotten(visitor: Visiting):
    create_user("Ben", EMAIL, PASSWORD)
    nobody = visitor(None)
    answers = [guesses(nobody).status_code for _ in range(20)]
    assert answers == [422] * 5 + [429] * 15
    assert set(AttemptCount.objects.values_list("kind", "failures")) == {("account", 5), ("address", 5)}
    some_time_later(timedelta(minutes=61))
    assert [guesses(nobody).status_code for _ in range(6)] == [422] * 5 + [429]


@pytest.mark.rule("ORG-6")
def test_from_an_address_fifty_attempts_in_vain_are_taken_whomever_they_are_for(visitor: Visiting):
    create_user("Ben", EMAIL, PASSWORD)
    nobody = visitor(None)
    answers = [guesses(nobody, email=f"person{number // 4}@acme.example").status_code for number in range(52)]
    assert answers == [422] * 50 + [429] * 2
    assert guesses(nobody, PASSWORD).status_code == 429
    nobody.client = Client(REMOTE_ADDR="203.0.113.9", headers={"host": HOST})
    assert guesses(nobody, PASSWORD).status_code == 302
    assert dict(AttemptCount.objects.filter(kind="address").values_list("counted", "failures")) == {
        "127.0.0.1": 50,
        "203.0.113.9": 0,
    }


@pytest.mark.rule("ORG-6")
def test_a_browser_in_which_the_user_signed_in_before_does_not_wait_for_what_strangers_do(visitor: Visiting):
    user = create_user("Ben", EMAIL, PASSWORD)
    stranger, own = visitor(None), visitor(None)
    assert guesses(own, PASSWORD).status_code == 302
    own.post("/sign-out")
    for _ in range(20):
        guesses(stranger)
    assert (guesses(stranger, PASSWORD).status_code, guesses(own, PASSWORD).status_code) == (429, 302)
    own.post("/sign-out")
    assert [guesses(own).status_code for _ in range(6)] == [422] * 5 + [429]
    another = create_user("Cay", "cay@acme.example", PASSWORD)
    for _ in range(5):
        guesses(stranger, email=another.email)
    assert guesses(own, PASSWORD, another.email).status_code == 429, "it knows Ben, not Cay"
    some_time_later(timedelta(seconds=30))
    change_user(user.pk, {"password": "another horse entirely"})
    for _ in range(5):
        guesses(stranger)
    assert guesses(own, "another horse entirely").status_code == 429, "it is of the password before"


@pytest.mark.rule("ORG-6", "OWN-1")
def test_a_browser_is_known_by_what_we_signed_in_this_tenant_alone(visitor: Visiting):
    user = create_user("Ben", EMAIL, PASSWORD)
    ben = visitor(None)
    guesses(ben, PASSWORD)
    kept = ben.client.cookies["banyan_browser"].value
    assert read_browser(kept).knows(user)
    assert not read_browser(f"{kept}x").knows(user)
    assert not read_browser("").knows(user)
    with within_tenant("public"):
        assert not read_browser(kept).knows(user)
    assert ben.client.cookies["banyan_browser"]["httponly"]


@pytest.mark.rule("ORG-6")
def test_a_browser_that_many_share_forgets_who_came_first(visitor: Visiting):
    users = [create_user(f"Person {number}", f"person{number}@acme.example", PASSWORD) for number in range(7)]
    browser = Browser()
    for user in users:
        browser = browser.after_signing_in(user)
    assert [browser.knows(user) for user in users] == [False, False, True, True, True, True, True]
    assert len(browser.sealed()) < 1000


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


def with_password(visitor: Visiting) -> Visitor:
    """Somebody who signed in with a password."""
    user, person = create_user("Ben", EMAIL, PASSWORD), visitor(None)
    add_membership(user.pk, root().pk, Role.ADMINISTRATOR)
    person.user = user
    assert guesses(person, PASSWORD).status_code == 302
    return person


@pytest.mark.rule("ORG-6")
def test_another_password_takes_the_one_of_before_and_ends_all_other_sessions(visitor: Visiting):
    ben = with_password(visitor)
    elsewhere = Visitor(ben.tenant, ben.user)
    new = {"current_password": PASSWORD, "password": "four words by chance"}
    for wrong in ("", "wrong", "x" * 300):
        assert ben.post("/preferences/password", new | {"current_password": wrong}).status_code == 422
    assert ben.post("/preferences/password", new | {"password": "password123"}).status_code == 422
    assert elsewhere.get("/").status_code == 200
    assert ben.post("/preferences/password", new)["Location"] == "/preferences"
    assert (ben.get("/").status_code, elsewhere.get("/").status_code) == (200, 302)
    ben.post("/sign-out")
    assert guesses(ben).status_code == 422
    assert guesses(ben, "four words by chance").status_code == 302


@pytest.mark.rule("ORG-6")
def test_who_finds_a_browser_open_guesses_its_password_no_quicker(visitor: Visiting):
    ben = with_password(visitor)
    new = {"password": "four words by chance"}
    answers = [ben.post("/preferences/password", new | {"current_password": f"guess {number}"}) for number in range(7)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429] * 2
    assert ben.post("/preferences/password", new | {"current_password": PASSWORD}).status_code == 429
    some_time_later(timedelta(seconds=30))
    assert ben.post("/preferences/password", new | {"current_password": PASSWORD}).status_code == 302


@pytest.mark.rule("ORG-6")
def test_who_forgot_the_password_sets_another_one_just_after_coming_in_by_a_link(visitor: Visiting):
    ben = with_password(visitor)
    by_link = Visitor(ben.tenant, ben.user)
    assert "Current password" not in by_link.text("/preferences/password")
    session = by_link.client.session
    session["came_by_link"] = (now() - timedelta(minutes=31)).isoformat()
    session.save()
    assert "Current password" in by_link.text("/preferences/password")
    again = Visitor(ben.tenant, ben.user)
    assert again.post("/preferences/password", {"password": "four words by chance"}).status_code == 302
    assert "Current password" in again.text("/preferences/password")


@pytest.mark.rule("ORG-6")
def test_the_form_of_users_is_no_way_around_the_password_of_before(visitor: Visiting):
    ben = with_password(visitor)
    assert ben.user is not None
    changed = {"name": "Ben", "email": EMAIL, "time_zone": "", "active": "on", "password": "four words by chance"}
    answer = ben.post(f"/users/usr_{ben.user.pk}/edit", changed)
    assert answer.status_code == 422
    assert "on the page of your preferences" in readable(answer)
    other = create_user("Cay", "cay@acme.example", PASSWORD)
    assert ben.post(f"/users/usr_{other.pk}/edit", changed | {"email": other.email}).status_code == 302


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


@pytest.mark.rule("ACC-16")
def test_the_page_of_a_user_tells_who_came_in_who_made_a_link_and_who_gave_a_role(visitor: Visiting):
    ada = visitor()
    ben = create_user("Ben", EMAIL, PASSWORD)
    guesses(visitor(None))
    posing, _ = create_api_key("administrator-root@acme.example")
    with acting_as(Actor.api_key(posing.pk, posing.name)):
        add_membership(ben.pk, root().pk, Role.VIEWER)
    link = re.search(r"/sign-in/[\w-]+", ada.post(f"/users/usr_{ben.pk}/sign-in-link").content.decode())
    assert link
    Visitor(ada.tenant).get(link[0])
    told = ada.text(f"/users/usr_{ben.pk}")
    assert "administrator-root@acme.example · link made" in told
    assert f"{EMAIL} · link used" in told
    assert "made by: administrator-root@acme.example" in told
    assert "system · sign in failed" in told
    assert f"key &quot;administrator-root@acme.example&quot; (key_{posing.pk}) · role created" in told
    assert link[0].removeprefix("/sign-in/") not in told
