"""Contacts of an address book are added and changed, with what the lines of carts show of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from admit import keys
from admit.distribution.cart import Cart
from admit.distribution.contact import (
    AboutContact,
    Contact,
    ContactPatch,
    ContactSettings,
    MailConsent,
    SaidConsent,
    load_contact,
)
from admit.errors import ChangedMeanwhile, Conflict, ContactExists, IdempotencyConflict, Invalid
from admit.ids import normal_email
from admit.model import merged, request_hash
from admit.people.person import same_address
from admit.store import (
    MOST_WRITES,
    ConditionFailed,
    Contention,
    Delete,
    Key,
    Put,
    Table,
    TransactionRefused,
    Update,
    Write,
)
from admit.tickets.cart_line import Act, Line, Step
from admit.words import word_writes

MOST_CONTACTS = 100_000
MOST_FORMER_ADDRESSES = 20
_TRIES = 6
_SYSTEM = "system"


def create_contact(
    table: Table, company_id: str, settings: ContactSettings, *, contact_id: str, now: datetime
) -> Contact:
    """Add a contact; the same request again answers what has become of him.

    Raises Invalid, ContactExists, IdempotencyConflict, Conflict for a book that is full.
    """
    contact = new_contact(company_id, settings, contact_id=contact_id, now=now)
    count(table, company_id, 1)
    try:
        table.transact(
            [contact.put(), contact.address(), *word_changes(contact, frozenset(), contact.words())]
        )
    except TransactionRefused as refused:
        count(table, company_id, -1)
        if 0 not in refused.failed:
            raise _exists(refused.failed[1]) from refused
        earlier = Contact.of(refused.failed[0] or {})
        if earlier.request_hash != contact.request_hash:
            raise IdempotencyConflict from refused
        return earlier
    return contact


def new_contact(company_id: str, settings: ContactSettings, *, contact_id: str, now: datetime) -> Contact:
    """Return the contact that settings describe. Raises Invalid."""
    _require_name(settings)
    said = dict(settings) | {"consent": kept_consent(settings.consent, None, now)}
    return Contact(
        id=contact_id,
        company_id=company_id,
        created_at=now,
        updated_at=now,
        request_hash=request_hash(settings),
        **said,
    )


def edit_contact(
    table: Table, company_id: str, contact_id: str, patch: ContactPatch, *, now: datetime
) -> Contact:
    """Change a contact, and what the lines of carts show of him.

    Raises NotFound, Invalid, ChangedMeanwhile, ContactExists, Contention; Conflict while he is leaving, and
    for another address or name while tickets are being distributed to him.
    """
    about = AboutContact(**patch.model_dump(exclude_unset=True, exclude={"version"}))
    for _ in range(_TRIES):
        read = load_contact(table, company_id, contact_id)
        if patch.version not in (None, read.version):
            raise ChangedMeanwhile(
                "This contact has just been changed; look at it again.", extra={"version": read.version}
            )
        require_staying(read)
        after = edited(read, about, now)
        if after == read:
            return read
        try:
            return rewrite(table, read, after, now)
        except TransactionRefused as refused:
            if not same_address(read.email, after.email) and 1 in refused.failed:
                raise _exists(refused.failed[1]) from refused
    raise Contention


def edited(contact: Contact, about: AboutContact, now: datetime) -> Contact:
    """Return a contact with what is said of him; the same one if that is nothing new. Raises Invalid."""
    settings = merged(ContactSettings, contact.model_dump(), about)
    _require_name(settings)
    said = dict(settings) | {"consent": kept_consent(settings.consent, contact.consent, now)}
    after = contact.model_copy(update=said)
    if after == contact:
        return contact
    return with_former(after, [contact.email]).model_copy(update={"updated_at": now})


def rewrite(
    table: Table, read: Contact, after: Contact, now: datetime, more: Sequence[Write] = ()
) -> Contact:
    """Write a contact over the one who was read, with his address, his words and his lines.

    Lines beyond what fits into one transaction, and those that came meanwhile, follow it. Raises
    TransactionRefused: the first write is the contact, the second the mark of another address; Conflict for
    another address or name while tickets are being distributed to him.
    """
    moves = not same_address(read.email, after.email)
    address: list[Write] = [after.address(), read.address_removal()] if moves else []
    writes: list[Write] = [
        after.over(read),
        *address,
        *word_changes(after, read.words(), after.words()),
        *more,
    ]
    shown = (read.email, read.name) != (after.email, after.name)
    lines = _stale_lines(table, after) if shown else []
    require_served(lines)
    table.transact([*writes, *(_followed(line, after, now) for line in lines[: MOST_WRITES - len(writes)])])
    if shown:
        _follow(table, after, now)
    return after.model_copy(update={"version": read.version + 1})


def _follow(table: Table, contact: Contact, now: datetime) -> None:
    """Bring what lines show of a contact up to date, with what he is called by now."""
    for _ in range(_TRIES):
        item = table.get(contact.key)
        present = Contact.of(item) if item else None
        if present is None or not (lines := _stale_lines(table, present)):
            return
        for line in lines:
            try:
                table.transact([present.check(), _followed(line, present, now)])
            except TransactionRefused:
                break


def _followed(line: Line, contact: Contact, now: datetime) -> Put:
    act = Act(step=Step.FOLLOWED, at=now, actor=_SYSTEM)
    shown = {"email": contact.email, "name": contact.name, "act": act}
    return line.model_copy(update=shown).over(line)


def _stale_lines(table: Table, contact: Contact) -> list[Line]:
    """Return the lines that show another address or name of a contact."""
    carts = carts_of_company(table, contact.company_id)
    return [
        line
        for line in lines_of_contact(table, contact, carts)
        if (line.email, line.name) != (contact.email, contact.name)
    ]


def carts_of_company(table: Table, company_id: str) -> list[Cart]:
    return [Cart.of(item) for item in table.query(*keys.carts(company_id))]


def lines_of_contact(table: Table, contact: Contact, carts: Iterable[Cart]) -> list[Line]:
    """Return the lines of a contact in these carts, but those that he has left."""
    wanted = [keys.cart_line(contact.company_id, cart.relay, contact.id) for cart in carts]
    return [line for line in map(Line.of, table.get_many(wanted)) if not line.left]


def word_changes(contact: Contact, was: frozenset[str], present: frozenset[str]) -> list[Put | Delete]:
    """Return the writes by which a contact is found by other words than before."""

    def key_of(word: str) -> Key:
        return keys.contact_word(contact.company_id, word, contact.id)

    return word_writes(was ^ present, present, key_of)


def count(table: Table, company_id: str, by: int) -> None:
    """Count contacts beside the writes that add and remove them. Raises Conflict for a full book."""
    # False when the book is full.
    room = "attribute_not_exists(contacts) OR contacts < :most"
    adds = by > 0
    update = Update(
        keys.address_book(company_id),
        "ADD contacts :by",
        condition=room if adds else None,
        values={"by": by} | ({"most": MOST_CONTACTS} if adds else {}),
    )
    try:
        table.write(update)
    except ConditionFailed as failed:
        message = f"An address book has {MOST_CONTACTS} contacts at most; remove some first."
        raise Conflict(message) from failed


def with_former(contact: Contact, addresses: Sequence[str]) -> Contact:
    """Return a contact who had these addresses before, but for the one that he has."""
    known = dict.fromkeys([*contact.former_addresses, *map(normal_email, addresses)])
    former = [address for address in known if not same_address(address, contact.email)]
    return contact.model_copy(update={"former_addresses": former[-MOST_FORMER_ADDRESSES:]})


def kept_consent(said: SaidConsent | None, earlier: MailConsent | None, now: datetime) -> MailConsent | None:
    if said is None:
        return None
    same = earlier is not None and (said.given, said.note) == (earlier.given, earlier.note)
    at = said.at or (earlier.at if earlier and same else now)
    return MailConsent(given=said.given, at=at, note=said.note)


def _exists(mark: object) -> ContactExists:
    """Return the error that names the contact who has an address, by its mark."""
    has = mark.get("contact_id") if isinstance(mark, dict) else None
    return ContactExists(extra={"contact_id": has})


def _require_name(settings: ContactSettings) -> None:
    if not (settings.first_name or settings.last_name):
        raise Invalid.field("first_name", "is missing, and last_name as well; a contact has one of them")


def require_served(lines: Sequence[Line]) -> None:
    """Raise Conflict for a guest who has got a part of a distribution."""
    if any(line.sent for line in lines):
        raise Conflict("Tickets are being distributed to this guest; let that end first.")


def require_staying(contact: Contact) -> None:
    if contact.is_leaving:
        raise Conflict("This contact is being removed; ask for that again, or wait for its end.")
