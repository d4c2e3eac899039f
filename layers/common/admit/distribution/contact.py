"""The address book of a company: the people to whom its relays give tickets, shared by all of its relays.

A contact is told from others by his e-mail address: one address has one contact, by a mark that is written
with it. The words by which he is found are written with him, too.
"""

from collections.abc import Sequence
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field, StringConstraints

from admit import keys
from admit.clock import Instant
from admit.errors import NotFound
from admit.ids import normal_email
from admit.model import ONE_LINE, Email, Entity, Language, Phone, Shape
from admit.people.company import Company, company_of_relay
from admit.people.person import Detail
from admit.people.switches import Switches, require_address_book, switches_of
from admit.store import Check, Delete, Key, Put, Table
from admit.words import LONGEST_WORD, Asked, asked_in, look_up, phrase_of, words_in, words_of_address

MOST_TAGS = 20
_MOST_WORDS = 44
"""So that a contact with other words than before still fits into one transaction, with some of his lines."""

# Two of them and the blank between are a name.
type NamePart = Annotated[str, StringConstraints(max_length=59), ONE_LINE]
type Notes = Annotated[str, StringConstraints(max_length=2_000)]
# Without what separates tags in a file.
type Tag = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^;,]+$"), ONE_LINE]


def _no_twins(tags: list[str]) -> list[str]:
    """Leave out tags that are an earlier one but for their case."""
    return [tag for at, tag in enumerate(tags) if not _is_among(tag, tags[:at])]


def _is_among(tag: str, tags: Sequence[str]) -> bool:
    return tag.casefold() in {one.casefold() for one in tags}


type Tags = Annotated[list[Tag], Field(max_length=MOST_TAGS), AfterValidator(_no_twins)]


class SaidConsent(Shape):
    """Whether somebody has agreed to be mailed; left out, `at` is the time of the request."""

    given: Annotated[bool, Field(strict=True)]
    at: Instant | None = None
    note: Annotated[str, StringConstraints(max_length=200), ONE_LINE] = ""
    """Where and how he has said so."""


class MailConsent(Shape):
    given: bool
    at: Instant
    note: str = ""


class AboutContact(Shape):
    """What a relay may say of a contact; what is left out stays as it is."""

    email: Email | None = None
    first_name: NamePart | None = None
    last_name: NamePart | None = None
    phone: Phone | None = None
    language: Language | None = None
    company: Detail | None = None
    title: Detail | None = None
    tags: Tags | None = None
    notes: Notes | None = None
    consent: SaidConsent | None = None


class ContactPatch(AboutContact):
    version: int | None = None
    """The version that was looked at; when the contact is another one by now, nothing is changed."""


class ContactSettings(AboutContact):
    email: Email
    first_name: NamePart = ""
    last_name: NamePart = ""
    tags: Tags = []
    notes: Notes = ""


class Contact(Entity):
    id: str
    company_id: str
    email: Email
    first_name: str
    last_name: str
    phone: str | None = None
    language: str | None = None
    company: str | None = None
    title: str | None = None
    tags: list[str] = []
    notes: str = ""
    consent: MailConsent | None = None
    former_addresses: list[str] = []
    """In their normal form, the oldest first: what was sent there is in his history."""
    absorbed: list[str] = []
    """Ids of contacts who turned out to be the same."""
    merging_into: str | None = None
    """Id of the contact that takes his tickets; he is removed when it has all of them."""
    erasing: bool = False
    """Whether his tickets are being freed; he is removed when they are."""
    created_at: Instant
    updated_at: Instant
    request_hash: str = ""
    version: int = 1

    @property
    def key(self) -> Key:
        return keys.contact(self.company_id, self.id)

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def addresses(self) -> list[str]:
        """Where he is, and was, mailed."""
        return [self.email, *self.former_addresses]

    @property
    def listed_as(self) -> str:
        """By what a book is in order."""
        return f"{self.last_name or self.first_name} {self.first_name}".casefold()

    @property
    def is_leaving(self) -> bool:
        return self.erasing or self.merging_into is not None

    def put(self) -> Put:
        """Return the write that adds him; false when he is there."""
        indexes = {"gsi1pk": keys.contacts_of(self.company_id), "gsi1sk": f"{self.listed_as}#{self.id}"}
        return Put(self.key, {"kind": "contact", **self.attributes(), **indexes})

    def over(self, read: "Contact") -> Put:
        """Return the write that makes the contact who was read into this one."""
        after = self.model_copy(update={"version": read.version + 1}).put()
        # False when he was changed, or removed, since he was read.
        unchanged = "version = :version_read"
        return Put(after.key, after.item, condition=unchanged, values={"version_read": read.version})

    def check(self) -> Check:
        """Return what goes with a line that gets his name; false when he was changed since, or is leaving."""
        # False when he was changed, or removed, since he was read.
        unchanged = "version = :version_read"
        # False when his tickets go to another contact, or are freed, before he is removed.
        staying = "attribute_not_exists(merging_into) AND erasing = :no"
        return Check(self.key, f"{unchanged} AND {staying}", {"version_read": self.version, "no": False})

    def removal(self) -> Delete:
        # False when he was changed, or removed, since he was read.
        unchanged = "version = :version_read"
        return Delete(self.key, condition=unchanged, values={"version_read": self.version})

    def address(self) -> Put:
        """Return the mark of his address; false when another contact has it, or he himself."""
        mark = {"kind": "contact_address", "contact_id": self.id}
        return Put(keys.contact_address(self.company_id, self.email), mark)

    def address_removal(self) -> Delete:
        # False when another contact has the address.
        his = "contact_id = :contact_id"
        key = keys.contact_address(self.company_id, self.email)
        return Delete(key, condition=his, values={"contact_id": self.id})

    def words(self) -> frozenset[str]:
        """Return the words and phrases by which he is found, the first of them when they are many."""
        phrases = [self.name, f"{self.last_name} {self.first_name}", self.company or ""]
        found = [
            *(phrase_of(tag) for tag in self.tags),
            *(phrase_of(phrase) for phrase in phrases if " " in phrase),
            *words_in(self.name),
            domain_of(self.email),
            *sorted(words_of_address(self.email)),
            *words_in(" ".join([self.company or "", *self.tags])),
        ]
        return frozenset(list(dict.fromkeys(found))[:_MOST_WORDS])

    def has_tag(self, tag: str) -> bool:
        return _is_among(tag, self.tags)


class ContactView(Shape):
    id: str
    email: str
    first_name: str
    last_name: str
    phone: str | None
    language: str | None
    company: str | None
    title: str | None
    tags: list[str]
    notes: str
    consent: MailConsent | None
    former_addresses: list[str]
    merging_into: str | None
    """Id of the contact that a merge which has not ended brings his tickets to; ask for it again."""
    erasing: bool
    """Whether his removal has not ended; ask for it again."""
    created_at: Instant
    updated_at: Instant
    version: int


class Book(NamedTuple):
    """The address book of a company, as a relay works in it."""

    company: Company
    switches: Switches
    relay: str


class Contacts(NamedTuple):
    contacts: list[Contact]
    cursor: str | None


def contact_view(contact: Contact) -> ContactView:
    return ContactView(**{name: getattr(contact, name) for name in ContactView.model_fields})


def open_book(table: Table, company_id: str, deployment: Switches, *, relay: str) -> Book:
    """Let a relay into the address book of his company. One request. Raises NotFound, AddressBookOff."""
    company, _ = company_of_relay(table, company_id, relay)
    switches = switches_of(company, deployment)
    require_address_book(switches)
    return Book(company, switches, relay)


def load_contact(table: Table, company_id: str, contact_id: str) -> Contact:
    """Read a contact as he is now. Raises NotFound."""
    item = table.get(keys.contact(company_id, contact_id))
    if item is None:
        raise NotFound("There is no such contact.")
    return Contact.of(item)


def contact_at(table: Table, company_id: str, email: str) -> Contact | None:
    """Return the contact who has an address, None when nobody has."""
    mark = table.get(keys.contact_address(company_id, email))
    item = table.get(keys.contact(company_id, mark["contact_id"])) if mark else None
    return Contact.of(item) if item else None


def contacts_of(
    table: Table,
    company_id: str,
    *,
    text: str | None = None,
    tag: str | None = None,
    limit: int,
    cursor: str | None,
) -> Contacts:
    """Return one page of a company's contacts: all by last name, or those with a tag, or those found.

    Found is who has a word beginning so for each word of the text: of his name, company, tags or address, of
    which `@` begins the domain. Costs at most four requests, however many contacts there are; a page of those
    found may be short. Raises Invalid.
    """
    if not (text or tag):
        page = table.page("gsi1", keys.contacts_of(company_id), limit=limit, cursor=cursor)
        return Contacts([Contact.of(item) for item in page.items], page.cursor)
    asked = asked_in(text, phrases=True) if text else Asked([f"{phrase_of(tag or '')}#"])
    if asked is None:
        return Contacts([], None)
    matches = look_up(table, [keys.contact_words(company_id)], asked, limit=limit, cursor=cursor)
    items = table.get_many([keys.contact(company_id, one) for one in matches.ids])
    contacts = [Contact.of(item) for item in items]
    if text:
        contacts = [one for one in contacts if matches.leads_to(one.id, one.words(), asked)]
    return Contacts([one for one in contacts if tag is None or one.has_tag(tag)], matches.cursor)


def domain_of(email: str) -> str:
    """Return the word by which all addresses of a domain are found."""
    return f"@{normal_email(email).rpartition('@')[2]}"[:LONGEST_WORD]
