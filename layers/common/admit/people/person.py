"""A person: a human in the context of one event. Badge, QR code, lists and mails read the person.

Who attends is told apart by address and name, since one address may get the tickets of a whole family.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from admit import keys
from admit.clock import Instant
from admit.errors import NotFound
from admit.ids import derived_id, email_hash, normal_email, shard_of
from admit.model import ONE_LINE, Email, Entity, Language, Name, Phone, Shape
from admit.store import Key, Put, Table

_LONGEST_MERGE = 8

type Detail = Annotated[str, StringConstraints(max_length=120), ONE_LINE]
type Answer = bool | int | Annotated[str, StringConstraints(max_length=4_000)] | list[Detail]
type Answers = Annotated[dict[str, Answer], Field(max_length=100)]
"""By question."""
type Consents = Annotated[dict[Annotated[str, StringConstraints(max_length=40)], bool], Field(max_length=20)]
"""What somebody agrees to, or not any more, by its name such as "newsletter"."""


class PersonRole(StrEnum):
    """As what somebody attends; it colours the badge."""

    ATTENDEE = "attendee"
    SPEAKER = "speaker"
    STAFF = "staff"
    EXHIBITOR = "exhibitor"
    SPONSOR = "sponsor"
    PRESS = "press"
    VIP = "vip"


class Holder(Shape):
    """The person who attends, as a ticket names him."""

    email: Email
    name: Name
    company: Detail | None = None
    title: Detail | None = None


class HolderDetails(Holder):
    """What may be said of a person when he is given a ticket."""

    phone: Phone | None = None
    language: Language | None = None
    answers: Answers = {}
    consents: Consents = {}

    @property
    def holder(self) -> Holder:
        return Holder(email=self.email, name=self.name, company=self.company, title=self.title)


class Consent(Entity):
    """That somebody has agreed to something, and since when, or has withdrawn it."""

    given: bool
    at: Instant


class Person(Entity):
    id: str
    event_id: str
    shard: int
    email: Email
    name: Name
    company: str | None = None
    title: str | None = None
    phone: str | None = None
    language: str | None = None
    role: PersonRole = PersonRole.ATTENDEE
    answers: dict[str, Answer] = {}
    consents: dict[str, Consent] = {}
    note: str = ""
    """For the organizer and his door."""
    tickets: list[str] = []
    """Ids of the tickets that he has."""
    merged_into: str | None = None
    erased_at: Instant | None = None
    created_at: Instant
    revision: int = 1

    @property
    def holder(self) -> Holder:
        """What his tickets say of him."""
        return Holder(email=self.email, name=self.name, company=self.company, title=self.title)

    def put(self) -> Put:
        """Return the write that creates him; false when he is there."""
        listed = self.merged_into is None and self.erased_at is None
        indexes = {
            "gsi1pk": keys.persons_of(self.event_id, self.shard),
            "gsi1sk": f"{self.name.casefold()[:200]}#{self.id}",
        }
        return Put(
            keys.person(self.id), {"kind": "person", **self.attributes(), **(indexes if listed else {})}
        )

    def over(self, read: "Person | None") -> Put:
        """Return the write that makes the person who was read, if one was, into this one."""
        if read is None:
            return self.put()
        return self.model_copy(update={"revision": read.revision + 1}).put().over(read.revision)

    def told(self, details: HolderDetails, now: datetime) -> Self:
        """Return him with what was said of him; what was not said stays as it is."""
        said = details.model_dump(
            exclude_none=True, include={"email", "company", "title", "phone", "language"}
        )
        consents = {
            name: earlier
            if (earlier := self.consents.get(name)) is not None and earlier.given is given
            else Consent(given=given, at=now)
            for name, given in details.consents.items()
        }
        return self.model_copy(
            update={
                **said,
                "answers": self.answers | details.answers,
                "consents": self.consents | consents,
            }
        )

    def with_ticket(self, ticket_id: str) -> Self:
        return self.model_copy(update={"tickets": sorted({*self.tickets, ticket_id})})

    def without_ticket(self, ticket_id: str) -> Self:
        return self.model_copy(update={"tickets": [one for one in self.tickets if one != ticket_id]})


def person_id(event_id: str, email: str, name: str) -> str:
    """Return the id of who has this address and this name at an event, however they are spelled."""
    return derived_id("person", event_id, normal_email(email), " ".join(name.casefold().split()))


def new_person(event_id: str, shards: int, details: HolderDetails, now: datetime) -> Person:
    identifier = person_id(event_id, details.email, details.name)
    person = Person(
        id=identifier,
        event_id=event_id,
        shard=shard_of(identifier, shards),
        email=details.email,
        name=details.name,
        created_at=now,
    )
    return person.told(details, now)


def person_key(event_id: str, details: Holder) -> Key:
    return keys.person(person_id(event_id, details.email, details.name))


def present_person(table: Table, person: Person) -> Person:
    """Return the person that somebody was merged into, himself when he was not."""
    for _ in range(_LONGEST_MERGE):
        if person.merged_into is None:
            return person
        person = load_person(table, person.merged_into)
    return person


def load_person(table: Table, person_id: str) -> Person:
    """Read a person as he is now. Raises NotFound."""
    item = table.get(keys.person(person_id))
    if item is None:
        raise NotFound("There is no such person.")
    return Person.of(item)


def same_address(one: str, other: str) -> bool:
    return email_hash(one) == email_hash(other)
