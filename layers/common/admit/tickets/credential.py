"""The credential in the QR code: which ticket, which revision, signed with the event's key.

76 bytes, big-endian: 4 bits version, 12 bits revision, 8 bytes order id, 2 bytes ticket number, and the
Ed25519 signature (RFC 8032) of those 12 bytes. As text it is base45 (RFC 9285), 114 characters of the QR
code's alphanumeric alphabet. An event's key is derived from one secret and the event's id by HMAC-SHA256, so
that no key is ever stored.
"""

import hmac
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from admit import ids
from admit.tickets.ticket import MOST_REVISIONS

CHARACTERS = 114
_VERSION = 1
_CONTENT = 12
_BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_DIGITS = {character: digit for digit, character in enumerate(_BASE45)}


class Credential(NamedTuple):
    order_id: str
    number: int
    revision: int

    @property
    def ticket_id(self) -> str:
        return ids.ticket_id(self.order_id, self.number)


class NotACredential(ValueError):
    """The text was not written by this system, or not for this event."""


class OtherEvent(NotACredential):
    """The text has the form of a credential and names another event."""


class AnotherSigningKey(Exception):
    """The signing secret is not the one that the event was created under: its doors would refuse the code."""


class Signer:
    """Writes the credentials of one event."""

    def __init__(self, secret: str, event_id: str) -> None:
        seed = hmac.digest(secret.encode(), f"event credential\x1f{event_id}".encode(), "sha256")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public_key(self) -> str:
        """The key that verifies, 32 bytes in hex."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, credential: Credential) -> str:
        """Return the text of the QR code."""
        return _base45(self.sign_bytes(credential))

    def sign_bytes(self, credential: Credential) -> bytes:
        """Return the 76 bytes that the text of the QR code stands for."""
        content = (
            (_VERSION << 12 | credential.revision).to_bytes(2)
            + ids.order_id_bytes(credential.order_id)
            + credential.number.to_bytes(2)
        )
        return content + self._key.sign(content)


def read_credential(text: str, public_key: str, event_id: str) -> Credential:
    """Read and verify a scanned text with its event's public key (hex). Raises NotACredential, OtherEvent."""
    raw = credential_bytes(text)
    content, signature = raw[:_CONTENT], raw[_CONTENT:]
    head = int.from_bytes(content[:2])
    if head >> 12 != _VERSION:
        raise NotACredential("of another version")
    if content[2:4] != ids.event_tag(event_id):
        raise OtherEvent("of another event")
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(signature, content)
    except InvalidSignature as exc:
        raise NotACredential("the signature does not hold") from exc
    return Credential(
        order_id=ids.order_id_text(content[2:10]),
        number=int.from_bytes(content[10:12]),
        revision=head & (MOST_REVISIONS - 1),
    )


def _base45(raw: bytes) -> str:
    """Write an even number of bytes: each pair as three characters, lowest digit first."""
    text = []
    for at in range(0, len(raw), 2):
        high, low = divmod(int.from_bytes(raw[at : at + 2]), 45 * 45)
        middle, lowest = divmod(low, 45)
        text += [_BASE45[lowest], _BASE45[middle], _BASE45[high]]
    return "".join(text)


def credential_bytes(text: str) -> bytes:
    """Read exactly what `_base45` writes for a credential, signed or not. Raises NotACredential."""
    if len(text) != CHARACTERS:
        raise NotACredential("of another length")
    raw = bytearray()
    for at in range(0, CHARACTERS, 3):
        try:
            lowest, middle, high = (_DIGITS[character] for character in text[at : at + 3])
        except KeyError as exc:
            raise NotACredential("not base45") from exc
        pair = lowest + 45 * middle + 45 * 45 * high
        if pair > 0xFFFF:
            raise NotACredential("not base45")
        raw += pair.to_bytes(2)
    return bytes(raw)
