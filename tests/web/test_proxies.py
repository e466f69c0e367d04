"""Where a request comes from, as proxies tell it: nobody else is believed."""

import pytest

from banyan.foundation.operators import UnreadableSettingError
from banyan.foundation.proxies import TrustedProxies, counted_as, trusted_proxies

PEER = "10.0.0.7"


@pytest.fixture
def proxies(monkeypatch: pytest.MonkeyPatch) -> TrustedProxies:
    monkeypatch.setenv("BANYAN_TRUSTED_PROXIES", "10.0.0.7, 10.1.0.0/16 ,fd00::/8")
    return trusted_proxies()


@pytest.mark.rule("SYS-6")
@pytest.mark.parametrize(
    ("peer", "sent", "client"),
    [
        (PEER, "203.0.113.9", "203.0.113.9"),
        (PEER, "203.0.113.9:4711", "203.0.113.9"),
        (PEER, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (PEER, "198.51.100.1,203.0.113.9,10.1.2.3", "203.0.113.9"),
        (PEER, "10.1.2.4, 10.1.2.3", "10.1.2.4"),
        (PEER, "203.0.113.9, unknown", PEER),
        (PEER, "203.0.113.9, , 10.1.2.3", "10.1.2.3"),
        (PEER, "", PEER),
        (PEER, "2001:db8::1", "2001:db8::1"),
        (PEER, "[2001:db8::1]:4711", "2001:db8::1"),
        (PEER, "::ffff:203.0.113.9", "203.0.113.9"),
        (PEER, "203.0.113.9, ::ffff:10.1.2.3", "203.0.113.9"),
        ("::ffff:10.0.0.7", "203.0.113.9", "203.0.113.9"),
        ("fd12::1", "203.0.113.9", "203.0.113.9"),
        ("203.0.113.50", "10.0.0.7", "203.0.113.50"),
        ("203.0.113.50", "198.51.100.1", "203.0.113.50"),
        ("10.0.0.8", "198.51.100.1", "10.0.0.8"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_client_is_the_first_from_the_right_that_is_no_proxy_of_ours(
    proxies: TrustedProxies, peer: str, sent: str, client: str
):
    assert proxies.origin(peer, {"x-forwarded-for": sent}).address == client


@pytest.mark.rule("SYS-6")
def test_of_a_list_without_end_only_the_end_is_read(proxies: TrustedProxies):
    sent = "198.51.100.1, " * 5_000 + "203.0.113.9, " + ", ".join(["10.1.2.3"] * 19)
    assert proxies.origin(PEER, {"x-forwarded-for": sent}).address == "203.0.113.9"
    assert proxies.origin(PEER, {"x-forwarded-for": sent + ", 10.1.2.3"}).address == "10.1.2.3"


@pytest.mark.rule("SYS-6")
@pytest.mark.parametrize(
    ("sent", "told"),
    [("https", True), ("http", False), ("http, https", True), ("https, http", False), ("", None), ("gopher", None)],
)
def test_the_nearest_proxy_says_whether_it_was_tls(proxies: TrustedProxies, sent: str, told: bool | None):
    assert proxies.origin(PEER, {"x-forwarded-proto": sent}).is_secure is told
    assert proxies.origin("203.0.113.50", {"x-forwarded-proto": sent}).is_secure is None


@pytest.mark.rule("SYS-6")
@pytest.mark.parametrize(
    ("sent", "client", "is_secure"),
    [
        ("for=203.0.113.9;proto=https", "203.0.113.9", True),
        ('For="[2001:db8::1]:4711"; Proto=http', "2001:db8::1", False),
        ("for=198.51.100.1, for=203.0.113.9;by=10.0.0.7", "203.0.113.9", None),
        ('for=198.51.100.1, for=203.0.113.9, for="10.1.2.3:80";proto=https', "203.0.113.9", True),
        ("for=203.0.113.9, for=_hidden", PEER, None),
        ('for="198.51.100.1, for=203.0.113.9', PEER, None),
        ('for=198.51.100.1;x=", for=203.0.113.9;proto=https', PEER, None),
        ("", PEER, None),
        ("nonsense", PEER, None),
    ],
)
def test_a_proxy_that_speaks_rfc_7239_is_understood_when_it_is_set(
    monkeypatch: pytest.MonkeyPatch, sent: str, client: str, is_secure: bool | None
):
    monkeypatch.setenv("BANYAN_TRUSTED_PROXIES", "10.0.0.7,10.1.0.0/16")
    monkeypatch.setenv("BANYAN_PROXY_HEADER", "Forwarded")
    origin = trusted_proxies().origin(PEER, {"forwarded": sent, "x-forwarded-for": "192.0.2.1"})
    assert (origin.address, origin.is_secure) == (client, is_secure)


@pytest.mark.rule("SYS-6")
def test_the_header_that_our_proxies_do_not_set_is_left_unread(proxies: TrustedProxies):
    """nginx sets X-Forwarded-For and lets through the Forwarded that a client made up."""
    sent = {"x-forwarded-for": "203.0.113.9", "forwarded": "for=192.0.2.1;proto=https"}
    origin = proxies.origin(PEER, sent)
    assert (origin.address, origin.is_secure) == ("203.0.113.9", None)


@pytest.mark.rule("SYS-6")
def test_a_network_of_ipv6_is_counted_as_one():
    assert counted_as("2001:db8:1:2:aaaa::1") == counted_as("2001:db8:1:2:bbbb:cccc:dddd:eeee") == "2001:db8:1:2::/64"
    assert counted_as("2001:db8:1:3::1") != counted_as("2001:db8:1:2::1")
    assert counted_as("::ffff:203.0.113.9") == counted_as("203.0.113.9") == "203.0.113.9"


@pytest.mark.rule("SYS-6")
@pytest.mark.parametrize("given", ["10.0.0.0/99", "10.0.0.1/24", "proxy.internal", "10.0.0.7;10.0.0.8"])
def test_proxies_that_can_not_be_read_are_told_with_what_would_be_right(monkeypatch: pytest.MonkeyPatch, given: str):
    monkeypatch.setenv("BANYAN_TRUSTED_PROXIES", given)
    with pytest.raises(UnreadableSettingError, match=r"BANYAN_TRUSTED_PROXIES .* such as 10\.0\.0\.7"):
        trusted_proxies()
