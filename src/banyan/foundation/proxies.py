"""Where a request comes from when proxies stand between: BANYAN_TRUSTED_PROXIES says whose word is taken for it."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from banyan.foundation.operators import UnreadableSettingError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

VARIABLE, HEADER_VARIABLE = "BANYAN_TRUSTED_PROXIES", "BANYAN_PROXY_HEADER"
X_FORWARDED_FOR, FORWARDED = "x-forwarded-for", "forwarded"
MOST_HOPS = 20
"""Of a longer list the rest is left unread: it ends with what the nearest proxies added."""
BITS_OF_ONE_NETWORK = 64
"""Of an IPv6 address: what one household or server is given has all addresses that begin with these."""
_WITH_PORT = re.compile(r"\[(?P<six>[0-9a-fA-F:.]+)\](:\d{1,5})?|(?P<four>[0-9.]+):\d{1,5}")
_PAIR = re.compile(r'\s*(?P<name>[a-zA-Z]+)\s*=\s*("(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^;,"\s]*))\s*')


@dataclass(frozen=True, slots=True)
class Origin:
    """The client's address, "" where it isn't known, and whether the client speaks TLS, None where nobody said so."""

    address: str
    is_secure: bool | None = None


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The networks that proxies of ours are in, and the header in which they say from where a request came.

    One header alone is read: a proxy sets the one that it knows, and lets the other through as the client sent it.
    """

    networks: tuple[Network, ...] = ()
    header: str = X_FORWARDED_FOR

    def origin(self, peer: str, headers: Mapping[str, str]) -> Origin:
        """From where a request came that `peer` sent; `headers` by name in small letters. What anybody else than a
        trusted proxy says is left unread."""
        nearest = read_address(peer)
        if nearest is None or not self.trusts(nearest):
            return Origin(str(nearest or ""))
        hops, is_secure = _forwarded(headers.get(FORWARDED, "")) if self.header == FORWARDED else _x_forwarded(headers)
        return Origin(str(self._client(nearest, hops)), is_secure)

    def trusts(self, address: Address) -> bool:
        """Whether it is the address of a proxy of ours."""
        return any(address.version == network.version and address in network for network in self.networks)

    def _client(self, nearest: Address, hops: Iterable[str]) -> Address:
        """The first address, from the right, that is no proxy of ours; what stands left of it anybody can write.

        Where a proxy names no address, the client is counted as that proxy itself.
        """
        client = nearest
        for hop in hops:
            address = read_address(hop)
            if address is None:
                return client
            client = address
            if not self.trusts(address):
                return client
        return client


def trusted_proxies() -> TrustedProxies:
    """What the operator set. Raises UnreadableSettingError."""
    header = os.environ.get(HEADER_VARIABLE, "").strip().lower() or X_FORWARDED_FOR
    if header not in (X_FORWARDED_FOR, FORWARDED):
        raise UnreadableSettingError(f"{HEADER_VARIABLE} is {header!r}; give {X_FORWARDED_FOR} or {FORWARDED}")
    given = [part.strip() for part in os.environ.get(VARIABLE, "").split(",")]
    return TrustedProxies(tuple(_network(part) for part in given if part), header)


def read_address(text: str) -> Address | None:
    """The address in a text, also where a port stands beside it; IPv4 written as IPv6 is IPv4; None where there is
    none."""
    text = text.strip()
    if found := _WITH_PORT.fullmatch(text):
        text = found["six"] or found["four"]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def counted_as(text: str) -> str:
    """What attempts from an address are counted under: all of an IPv6 network of /64 are one."""
    address = read_address(text)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, BITS_OF_ONE_NETWORK), strict=False))
    return str(address or "")


def _network(text: str) -> Network:
    try:
        network = ip_network(text)
    except ValueError as failure:
        wanted = "addresses and networks with commas between, such as 10.0.0.7,10.1.0.0/16,fd00::/8"
        raise UnreadableSettingError(f"{VARIABLE} has {text!r} ({failure}); give {wanted}") from failure
    if isinstance(network, IPv6Network) and (mapped := network.network_address.ipv4_mapped) and network.prefixlen >= 96:
        return ip_network((mapped, network.prefixlen - 96))
    return network


def _x_forwarded(headers: Mapping[str, str]) -> tuple[list[str], bool | None]:
    hops = headers.get(X_FORWARDED_FOR, "").rsplit(",", MOST_HOPS)
    nearest_first = hops[::-1][:MOST_HOPS] if hops != [""] else []
    return nearest_first, _is_tls(headers.get("x-forwarded-proto", ""))


def _forwarded(header: str) -> tuple[list[str], bool | None]:
    """RFC 7239: `for=192.0.2.60;proto=https, for="[2001:db8::1]:4711"`; what can't be read ends the list."""
    elements = list(_elements(header))[::-1][:MOST_HOPS]
    hops = [element.get("for", "") for element in elements]
    protocols = [element["proto"] for element in elements if "proto" in element]
    return hops, _is_tls(protocols[0]) if protocols else None


def _elements(header: str) -> Iterator[dict[str, str]]:
    place, element = 0, dict[str, str]()
    while found := _PAIR.match(header, place):
        value = found["plain"] if found["quoted"] is None else re.sub(r"\\(.)", r"\1", found["quoted"])
        element[found["name"].lower()] = value
        place = found.end()
        if header[place : place + 1] == ",":
            yield element
            element = {}
        elif header[place : place + 1] != ";":
            break
        place += 1
    yield element if place >= len(header) else {}


def _is_tls(protocols: str) -> bool | None:
    """What the nearest proxy says; several have put theirs behind each other's."""
    nearest = protocols.rpartition(",")[2].strip().lower()
    return {"https": True, "http": False}.get(nearest)
