"""Identifiers: random ones for what people create, derived ones for what a retry must find again.

Text is Crockford's base32 in lower case (https://www.crockford.com/base32.html): no i, l, o, u.
"""

import hashlib
import secrets
import unicodedata
from collections.abc import Callable

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
MISREAD = str.maketrans("oil", "011")
"""Letters that people read where there are digits."""
_ORDER_BYTES = 8
_ORDER_CHARACTERS = 13  # 64 bits at 5 a character

type NewId = Callable[[], str]


def _encode(raw: bytes, characters: int) -> str:
    number = int.from_bytes(raw)
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(characters)))


def random_id() -> str:
    """Return 80 random bits as 16 characters."""
    return _encode(secrets.token_bytes(10), 16)


def derived_id(*parts: str) -> str:
    """Return 80 bits that only these parts give: the same request, sent again, names the same thing."""
    return _encode(_digest(*parts)[:10], 16)


def order_id(event_id: str, idempotency_key: str) -> str:
    """Derive an order's id from its event and the client's key: 16 bits of the event, 48 of both.

    The event's part lets a door tell another event's credential from a forged one without a read.
    """
    return _encode(event_tag(event_id) + _digest("order", event_id, idempotency_key)[:6], _ORDER_CHARACTERS)


def event_tag(event_id: str) -> bytes:
    """Return the two bytes that begin the id of each order of an event."""
    return _digest("event", event_id)[:2]


def order_id_bytes(order_id: str) -> bytes:
    """Return the eight bytes of an order id, for the credential. Raises ValueError for another text."""
    if len(order_id) != _ORDER_CHARACTERS:
        raise ValueError("an order id has 13 characters")
    number = 0
    for character in order_id:
        number = number << 5 | _ALPHABET.index(character)
    return (number & (1 << 64) - 1).to_bytes(_ORDER_BYTES)


def order_id_text(raw: bytes) -> str:
    """Return the order id of eight bytes."""
    return _encode(raw, _ORDER_CHARACTERS)


def order_code(order_id: str) -> str:
    """Return the short code that people read to each other: the varying end of the id."""
    return f"{order_id[-9:-4]}-{order_id[-4:]}".upper()


def order_ids_of_code(event_id: str, code: str) -> list[str]:
    """Return the ids of the orders of an event that may have a short code, given without its dash.

    The event's part of an id is known, and three bits are in neither.
    """
    tag = int.from_bytes(event_tag(event_id))
    return [_encode((tag << 3 | unknown).to_bytes(3), 4) + code for unknown in range(8)]


def ticket_id(order_id: str, number: int) -> str:
    return f"{order_id}-{number}"


def split_ticket_id(ticket_id: str) -> tuple[str, int]:
    """Return the order id and the number of a ticket. Raises ValueError for another text."""
    order, _, number = ticket_id.partition("-")
    order_id_bytes(order)
    if not (number.isascii() and number.isdigit() and 0 < int(number) < 1 << 16):
        raise ValueError("a ticket id ends in the number of the ticket")
    return order, int(number)


def digest(*parts: str) -> str:
    """Return a SHA-256 as text, for keys that must not hold an address or a secret."""
    return _digest(*parts).hex()


def normal_email(address: str) -> str:
    """Write an e-mail address the way it is compared: trimmed and in lower case; dots and tags are kept."""
    return unicodedata.normalize("NFKC", address.strip()).casefold()


def without_tag(address: str) -> str:
    """Return a normal address without its plus-tag: kari+work@polar.example is kari@polar.example."""
    local, at, domain = address.partition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"


def email_hash(address: str) -> str:
    return digest("email", normal_email(address))


def shard_of(identifier: str, shards: int) -> int:
    """Spread identifiers evenly over index shards."""
    return int.from_bytes(_digest("shard", identifier)[:4]) % shards


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\x1f".join(parts).encode()).digest()
