"""Where webhooks may go: to public addresses, over TLS, never into a network that only we can reach."""

from collections.abc import Callable, Collection
from ipaddress import IPv6Address, IPv6Network, ip_address
from socket import SOCK_STREAM, getaddrinfo
from urllib.parse import SplitResult, urlsplit

from admit.errors import Invalid

type Resolve = Callable[[str, int], list[str]]
"""Returns the IP addresses of a host. Raises OSError."""

_MOST_OF_AN_ADDRESS = 2_000
# Each of these holds the address of another network, which a gateway on the way may go to.
_WRAPPING = [
    IPv6Network(network)
    for network in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "::ffff:0:0:0/96")
]


class NotPublic(Exception):
    """A host has an address that webhooks do not go to."""


def checked_url(url: str, resolve: Resolve, exempt: Collection[str]) -> str:
    """Return an address that webhooks may be sent to as things are now. Raises Invalid.

    `exempt` are hosts that may be private and do without TLS.
    """
    parts = _read(url)
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and host in exempt):
        raise Invalid.field("url", "must begin with https://")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Invalid.field("url", "must have neither a name, nor a password, nor a fragment")
    try:
        public_addresses(host, _port(parts), resolve, exempt)
    except (OSError, UnicodeError) as exc:
        raise Invalid.field("url", "has a host that can't be found") from exc
    except NotPublic as exc:
        raise Invalid.field("url", "must lead to a public address") from exc
    return url


def public_addresses(host: str, port: int, resolve: Resolve, exempt: Collection[str]) -> list[str]:
    """Return the IP addresses to connect to. Raises NotPublic if any one of them is not, OSError."""
    addresses = resolve(host, port)
    if not addresses:
        raise OSError("the host has no address")
    if host not in exempt and not all(map(is_public, addresses)):
        raise NotPublic
    return addresses


def is_public(address: str) -> bool:
    """Say whether everybody reaches the same by an IP address."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in network for network in _WRAPPING):
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


def _port(parts: SplitResult) -> int:
    return parts.port or {"https": 443, "http": 80}[parts.scheme]


def _read(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or not url.isascii() or not url.isprintable() or " " in url:
        raise Invalid.field("url", "is not an address such as https://example.com/hooks")
    return parts


def resolve(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host. Raises OSError."""
    found = getaddrinfo(host, port, type=SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
