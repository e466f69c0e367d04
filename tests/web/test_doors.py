"""Attacks on the doors of a running server behind a proxy: who guesses passwords and keys, who gets in meanwhile."""

import http.client
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest

from banyan.foundation.embedded import EmbeddedServer
from tests.fixtures import SPEED_BEFORE_SAFETY
from tests.serving import Response, RunningServer, serving

PASSWORD = "correct horse battery"
OWNER = "owner@acme.example"
STRANGERS, PROXY, NO_PROXY = 30, "127.0.0.1", "127.0.0.2"


class Person:
    """Somebody with a browser: comes from an address through the proxy, or past it from an address of the machine."""

    def __init__(self, server: RunningServer, client: str, peer: str = PROXY) -> None:
        self.at, self.client, self.peer = urlsplit(server.url), client, peer
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None) -> Response:
        """One request on a connection of its own."""
        sent = {
            "X-Forwarded-For": self.client,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            **(headers or {}),
        }
        connection = http.client.HTTPConnection(
            self.at.hostname or "", self.at.port, timeout=60, source_address=(self.peer, 0)
        )
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie") or ():
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            return Response(answer.status, dict(answer.headers.items()), answer.read().decode())
        finally:
            connection.close()

    def opens_the_page(self) -> str:
        """The token that a form is sent with."""
        found = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', self.ask("GET", "/sign-in").body)
        assert found
        return found[1]

    def signs_in(self, email: str, password: str, token: str | None = None) -> Response:
        """What the page answers."""
        values = {"email": email, "password": password, "csrfmiddlewaretoken": token or self.opens_the_page()}
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", "/sign-in", urlencode(values), form)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("doors") / "data"


@pytest.fixture(scope="module")
def guarded(folder: Path) -> Iterator[RunningServer]:
    """A server that believes a proxy at 127.0.0.1, with two people who work there."""
    database = EmbeddedServer(folder, SPEED_BEFORE_SAFETY)
    database.use()
    with serving(folder, BANYAN_TRUSTED_PROXIES=PROXY) as running:
        yield running
    database.leave()


def employ(server: RunningServer, email: str) -> None:
    command = [server.program("user", "create", "Somebody", email, "--organization", "ROOT").returncode]
    assert command == [0]
    link = server.program("user", "sign-in-link", email).stdout.strip()
    person = Person(server, "198.51.100.200")
    person.ask("GET", urlsplit(link).path)
    token = re.findall('name="csrfmiddlewaretoken" value="([^"]+)"', person.ask("GET", "/preferences/password").body)[
        -1
    ]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    values = {"csrfmiddlewaretoken": token, "password": PASSWORD}
    assert person.ask("POST", "/preferences/password", urlencode(values), form).status == 302


def counted(folder: Path) -> dict[str, int]:
    """Attempts in vain, by the address they are counted under."""
    with psycopg.connect(EmbeddedServer(folder).conninfo()) as connection:
        asked = "SELECT counted, failures FROM \"default\".organizations_attemptcount WHERE kind = 'address'"
        return dict(connection.execute(asked).fetchall())


@pytest.mark.rule("ORG-6")
def test_of_sixty_guesses_at_once_five_are_looked_at_and_the_owner_gets_in_meanwhile(guarded: RunningServer):
    employ(guarded, OWNER)
    owner = Person(guarded, "203.0.113.7")
    assert owner.signs_in(OWNER, PASSWORD).status == 302
    attacker = Person(guarded, "198.51.100.1")
    token = attacker.opens_the_page()
    with ThreadPoolExecutor(60) as at_once:
        answers = list(at_once.map(lambda number: attacker.signs_in(OWNER, f"guess {number}", token), range(60)))
    assert Counter(answer.status for answer in answers) == {422: 5, 429: 55}
    waits = [int(answer.headers["retry-after"]) for answer in answers if answer.status == 429]
    assert 0 < min(waits) <= max(waits) <= 30
    stranger = Person(guarded, "198.51.100.2").signs_in(OWNER, PASSWORD)
    assert stranger.status == 429
    assert "a link, which an administrator can make for you" in stranger.body
    owner.cookies.pop("banyan_session")
    assert owner.signs_in(OWNER, PASSWORD).status == 302
    link = guarded.program("user", "sign-in-link", OWNER).stdout.strip()
    assert Person(guarded, "198.51.100.3").ask("GET", urlsplit(link).path).status == 302


@pytest.mark.rule("ORG-6", "SYS-6")
def test_thirty_strangers_behind_the_proxy_keep_nobody_out_who_comes_through_it_too(guarded: RunningServer):
    colleague = "colleague@acme.example"
    employ(guarded, colleague)
    token, cookies = (first := Person(guarded, "198.51.100.99")).opens_the_page(), first.cookies

    def guess(number: int) -> int:
        stranger = Person(guarded, f"198.51.100.{100 + number % STRANGERS}")
        stranger.cookies = dict(cookies)
        return stranger.signs_in("nobody@acme.example", f"guess {number}", token).status

    with ThreadPoolExecutor(STRANGERS) as at_once:
        answers = Counter(at_once.map(guess, range(5 * STRANGERS)))
    assert answers == {422: 5, 429: 145}
    assert Person(guarded, "203.0.113.8").signs_in(colleague, PASSWORD).status == 302


@pytest.mark.rule("ORG-6", "SYS-6")
def test_attempts_count_for_where_they_come_from_whatever_they_claim(guarded: RunningServer, folder: Path):
    before = counted(folder)
    for client, peer in [
        ("192.0.2.1", PROXY),
        ("192.0.2.99, 192.0.2.1", PROXY),
        ("::ffff:192.0.2.1", PROXY),
        ("2001:db8:1:2::1", PROXY),
        ("2001:db8:1:2:aaaa::7", PROXY),
        ("192.0.2.50", NO_PROXY),
        ("192.0.2.51", NO_PROXY),
    ]:
        assert Person(guarded, client, peer).signs_in(f"{len(client)}@acme.example", "wrong").status == 422
    after = counted(folder)
    new = {address: after[address] - before.get(address, 0) for address in after}
    assert {address: count for address, count in new.items() if count} == {
        "192.0.2.1": 3,
        "2001:db8:1:2::/64": 2,
        NO_PROXY: 2,
    }


@pytest.mark.rule("ORG-6")
def test_a_password_of_a_megabyte_is_refused_unhashed_and_uncounted(guarded: RunningServer, folder: Path):
    before = counted(folder)
    assert Person(guarded, "192.0.2.77").signs_in(OWNER, "x" * 1_000_000).status == 422
    assert counted(folder) == before


@pytest.mark.rule("API-1", "SYS-6")
def test_who_guesses_keys_waits_and_a_program_that_shares_the_address_does_not(guarded: RunningServer):
    def asks(key: str, client: str) -> Response:
        return Person(guarded, client).ask("GET", "/api/v1/settings", headers={"Authorization": f"Bearer {key}"})

    guesses = [f"banyan_default_{number:048x}" for number in range(25)]
    assert asks(guarded.key, "192.0.2.10").status == 200
    assert [asks(guesses[0], "192.0.2.10").status for _ in range(30)] == [401] * 30
    answers = [asks(guess, "192.0.2.10") for guess in guesses]
    assert [answer.status for answer in answers] == [401] * 20 + [429] * 5
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    assert asks(guarded.key, "192.0.2.10").status == 200
    assert asks(guesses[-1], "192.0.2.11").status == 401


@pytest.mark.rule("SYS-6")
@pytest.mark.parametrize(("peer", "is_believed"), [(PROXY, True), (NO_PROXY, False)])
def test_only_the_proxy_says_that_a_request_came_over_tls(guarded: RunningServer, peer: str, is_believed: bool):
    answer = Person(guarded, "192.0.2.20", peer).ask("GET", "/sign-in", headers={"X-Forwarded-Proto": "https"})
    assert answer.status == 200
    assert answer.headers.get("strict-transport-security") == ("max-age=31536000" if is_believed else None)
    assert ("secure" in answer.headers["set-cookie"].lower()) is is_believed
