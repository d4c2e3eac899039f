"""A person: a human in the context of one event. Badge, QR code, lists and mails read the person.

Who attends is told apart by address and name, since one address may get the tickets of a whole family.
"""

import unicodedata
from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import StringConstraints

from admit import keys
from admit.catalog.answers import Agreement, agreements, checked
from admit.catalog.badge import PersonRole
from admit.catalog.catalog import Catalog
from admit.catalog.question import Answer, Answers, AskedAt, AskedOf
from admit.clock import Instant
from admit.errors import NotFound
from admit.ids import derived_id, email_hash, normal_email, shard_of
from admit.model import ONE_LINE, Email, Entity, Language, Name, Phone, Shape
from admit.store import Key, Put, Table

_LONGEST_MERGE = 8
DOOR_NOTE = 200
"""Characters of a note about a person that a door is shown."""

type Detail = Annotated[str, StringConstraints(max_length=120), ONE_LINE]


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

    @property
    def holder(self) -> Holder:
        return Holder(email=self.email, name=self.name, company=self.company, title=self.title)


class Voice(StrEnum):
    """Who says something of a person."""

    HIMSELF = "himself"
    ORGANIZER = "organizer"
    GIVER = "giver"
    """Who gives him his only ticket: what he says of him holds, but for what only a person himself agrees
    to."""
    ANYBODY = "anybody"
    """Somebody who names him: that fills in what nobody has said."""


class Consent(Entity):
    """That somebody has agreed to something, and since when, or has withdrawn it."""

    given: bool
    at: Instant
    wording: str | None = None
    """Of the question that he has answered, as its text was then."""


def agreed(
    earlier: Mapping[str, Consent], answered: Mapping[str, Agreement], now: datetime
) -> dict[str, Consent]:
    """Return consents after questions for them were answered; what stays as it is keeps its time, and a
    consent that is withdrawn is kept as such."""
    fresh = {
        name: Consent(given=answer.given, at=now, wording=answer.wording)
        for name, answer in answered.items()
        if answer.given is not (name in earlier and earlier[name].given)
    }
    return {**earlier, **fresh}


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
    """For the organizer and his door, which is shown the beginning of it."""
    tickets: list[str] = []
    """Ids of the tickets that he has."""
    former_tickets: list[str] = []
    """Ids of those that he had, whose history names him."""
    former_addresses: list[str] = []
    """In their normal form: where his tickets were found before."""
    merged_into: str | None = None
    absorbed: list[str] = []
    """Ids of persons who turned out to be the same."""
    erased_at: Instant | None = None
    created_at: Instant
    revision: int = 1

    @property
    def holder(self) -> Holder:
        """What his tickets say of him."""
        return Holder(email=self.email, name=self.name, company=self.company, title=self.title)

    @property
    def door_note(self) -> str:
        """What his tickets tell a door of the note about him."""
        return self.note[:DOOR_NOTE]

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

    def told(
        self,
        catalog: Catalog,
        details: HolderDetails,
        now: datetime,
        *,
        tier_ids: Collection[str],
        voice: Voice,
        when: AskedAt | None = None,
        looked_at: bool = False,
    ) -> Self:
        """Return him with what was said of him beside address and name; what was not said stays as it is.

        Answers are those to questions about these tiers; `when` says which of them are needed by now.
        Answers that were `looked_at` when they were given are taken as they are, whatever is asked since.
        What somebody agrees to is recorded when he says so himself. Raises Invalid.
        """
        said = details.model_dump(exclude_none=True, include={"company", "title", "phone", "language"})
        answered = {name: it for name, it in details.answers.items() if it is not None}
        if not looked_at:
            answered = checked(
                catalog,
                AskedOf.ATTENDEE,
                details.answers,
                tier_ids=tier_ids,
                when=when,
                earlier=self.answers,
            )
        unspoken = {name: it for name, it in self.answers.items() if name not in details.answers}
        answers = unspoken | answered
        if voice is Voice.ANYBODY:
            said = {name: it for name, it in said.items() if getattr(self, name) is None}
            answers = answered | self.answers
        consents = self.consents
        if voice is Voice.HIMSELF:
            consents = agreed(consents, agreements(catalog, AskedOf.ATTENDEE, answers), now)
        return self.model_copy(update={**said, "answers": answers, "consents": consents})

    def with_ticket(self, ticket_id: str) -> Self:
        return self.model_copy(update={"tickets": sorted({*self.tickets, ticket_id})})

    def without_ticket(self, ticket_id: str) -> Self:
        return self.model_copy(
            update={
                "tickets": [one for one in self.tickets if one != ticket_id],
                "former_tickets": sorted({*self.former_tickets, ticket_id}),
            }
        )


def person_id(event_id: str, email: str, name: str) -> str:
    """Return the id of who has this address and this name at an event, however they are spelled."""
    plain = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    return derived_id("person", event_id, normal_email(email), plain)


def new_person(event_id: str, shards: int, details: Holder, now: datetime) -> Person:
    """Return who nobody knows yet, by his address and name alone."""
    identifier = person_id(event_id, details.email, details.name)
    return Person(
        id=identifier,
        event_id=event_id,
        shard=shard_of(identifier, shards),
        email=details.email,
        name=details.name,
        created_at=now,
    )


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
