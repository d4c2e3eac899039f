"""The files of the offline roster: a record for each ticket, which opens only with the ticket's code.

A file is MAGIC and then its records, in the order of their keys. A record is a key of 16 bytes, the length
of its box in 2 bytes (big-endian), and the box. With `credential` for the 76 bytes of a code, its key is the
first 16 bytes of SHA-256("admit roster key\\0" credential). The box is a nonce of 12 bytes and the entry
as JSON in AES-256-GCM (NIST SP 800-38D), with its tag at the end, under the key
SHA-256("admit roster box\\0" credential). No stretching is needed: a credential holds a signature of 512 bits
that nobody can guess. A record whose box is empty is of a code that another has taken the place of.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from enum import Enum

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from admit.door.roster_entry import RosterEntry
from admit.tickets.credential import Credential, Signer, credential_bytes
from admit.tickets.ticket import Ticket

MAGIC = b"ADMROST\x01"
_KEY = 16
_LENGTH = 2
_NONCE = 12

type Records = Mapping[bytes, bytes]
"""Boxes by their keys."""


class Mark(Enum):
    SUPERSEDED = "superseded"
    """What is told of a code that another has taken the place of."""


def records_of(signer: Signer, ticket: Ticket, entry: RosterEntry) -> Iterator[tuple[bytes, bytes]]:
    """Yield the record of a ticket's code, and one for each code that it had before."""
    for revision in range(ticket.revision + 1):
        credential = signer.sign_bytes(Credential(ticket.order_id, ticket.number, revision))
        newest = revision == ticket.revision
        yield record_key(credential), _box(credential, entry) if newest else b""


def write_file(records: Records) -> bytes:
    """Return the file of these records."""
    parts = [MAGIC]
    for key in sorted(records):
        parts += [key, len(records[key]).to_bytes(_LENGTH), records[key]]
    return b"".join(parts)


def read_file(content: bytes) -> dict[bytes, bytes]:
    """Return the records of a file. Raises ValueError for what is no whole one."""
    if not content.startswith(MAGIC):
        raise ValueError("not a file of a roster")
    records, at = {}, len(MAGIC)
    while at < len(content):
        box = at + _KEY + _LENGTH
        end = box + int.from_bytes(content[at + _KEY : box])
        if end > len(content):
            raise ValueError("cut off")
        records[content[at : at + _KEY]] = content[box:end]
        at = end
    return records


def open_entry(records: Records, code: str) -> RosterEntry | Mark | None:
    """Return what a roster tells of a code as it is scanned, None if it does not know it.

    Raises NotACredential for what has not the form of a code.
    """
    credential = credential_bytes(code)
    box = records.get(record_key(credential))
    if box is None:
        return None
    if not box:
        return Mark.SUPERSEDED
    said = AESGCM(_box_key(credential)).decrypt(box[:_NONCE], box[_NONCE:], None)
    return RosterEntry.of_short(json.loads(said))


def record_key(credential: bytes) -> bytes:
    return hashlib.sha256(b"admit roster key\0" + credential).digest()[:_KEY]


def gate_apart(ticket_id: str, gate_ids: list[str]) -> str:
    """Return the one gate that admits a ticket while gates are apart and each ticket has its own.

    It stays the same for all codes of a ticket: the first 4 bytes (big-endian) of SHA-256 of the ticket's id,
    modulo the number of gates.
    """
    return gate_ids[int.from_bytes(hashlib.sha256(ticket_id.encode()).digest()[:4]) % len(gate_ids)]


def _box(credential: bytes, entry: RosterEntry) -> bytes:
    said = json.dumps(entry.short(), ensure_ascii=False, separators=(",", ":")).encode()
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(_box_key(credential)).encrypt(nonce, said, None)


def _box_key(credential: bytes) -> bytes:
    return hashlib.sha256(b"admit roster box\0" + credential).digest()
