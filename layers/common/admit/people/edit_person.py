"""Changing persons: what an organizer knows better, what a holder says of himself, and who is the same."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from admit import keys
from admit.catalog.badge import PersonRole
from admit.catalog.catalog import Catalog
from admit.catalog.event import Event
from admit.catalog.question import Answer, Answers
from admit.clock import Instant
from admit.errors import Conflict, Invalid, NotFound
from admit.ids import normal_email
from admit.model import Email, Language, Name, Phone, Shape
from admit.people.mailbox import MailState, mail_states
from admit.people.person import (
    Consent,
    Detail,
    HolderDetails,
    Person,
    Voice,
    load_person,
    new_person,
    present_person,
    same_address,
)
from admit.store import ConditionFailed, Contention, Table, TransactionRefused, Within

_TRIES = 5


class AboutMe(Shape):
    """What a holder says of himself; what is left out stays as it is."""

    name: Name | None = None
    company: Detail | None = None
    title: Detail | None = None
    phone: Phone | None = None
    language: Language | None = None
    answers: Answers = {}


class PersonPatch(AboutMe):
    """What an organizer changes of a person; another address makes his tickets new ones, mailed there."""

    email: Email | None = None
    role: PersonRole | None = None
    note: Annotated[str, StringConstraints(max_length=2_000)] | None = None


class PersonSettings(HolderDetails):
    """A person whom the organizer adds by himself."""

    role: PersonRole = PersonRole.ATTENDEE
    note: Annotated[str, StringConstraints(max_length=2_000)] = ""


class MergeRequest(Shape):
    """The person who stays, and the other one who turned out to be the same."""

    other_id: Annotated[str, Field(max_length=40)]


class PersonView(Shape):
    id: str
    email: str
    name: str
    company: str | None
    title: str | None
    phone: str | None
    language: str | None
    role: PersonRole
    answers: dict[str, Answer]
    consents: dict[str, Consent]
    note: str
    tickets: list[str]
    mail_state: MailState | None
    """Whether mail reaches his address, if that was ever in doubt."""
    merged_into: str | None
    erased_at: Instant | None
    created_at: Instant


def person_view(table: Table, person: Person) -> PersonView:
    return person_views(table, [person])[0]


def person_views(table: Table, persons: Sequence[Person]) -> list[PersonView]:
    """Show persons, each with whether mail reaches him; one read for a hundred of them."""
    states = mail_states(table, (person.email for person in persons))
    kept = [name for name in PersonView.model_fields if name != "mail_state"]
    return [
        PersonView(
            **{name: getattr(person, name) for name in kept},
            mail_state=states.get(normal_email(person.email)),
        )
        for person in persons
    ]


def person_of_event(table: Table, event_id: str, person_id: str) -> Person:
    """Read a person of this event. Raises NotFound."""
    person = load_person(table, person_id)
    if person.event_id != event_id:
        raise NotFound("There is no such person.")
    return person


def add_person(table: Table, catalog: Catalog, settings: PersonSettings, now: datetime) -> Person:
    """Add a person who has no ticket yet, or change the one of this name and address."""
    said = HolderDetails(**{name: getattr(settings, name) for name in HolderDetails.model_fields})
    new = new_person(catalog.event.id, catalog.event.shards, said, now)

    def decide(known: Person) -> Person:
        if known.erased_at is not None:
            known = new.model_copy(update={"revision": known.revision})
        told = known.told(catalog, said, now, tier_ids=catalog.tiers, voice=Voice.ORGANIZER)
        return told.model_copy(update={"role": settings.role, "note": settings.note})

    fresh = decide(new)
    try:
        table.write(fresh.put())
    except ConditionFailed as failed:
        return change_person(table, present_person(table, Person.of(failed.old or {})), decide)
    return fresh


def edit_person(
    table: Table,
    catalog: Catalog,
    person: Person,
    patch: AboutMe,
    now: datetime,
    *,
    voice: Voice = Voice.ORGANIZER,
    tier_ids: Collection[str] | None = None,
) -> Person:
    """Change what is said of a person; his tickets follow.

    Answers are those to questions about tickets of `tier_ids`, or of any. Raises Invalid, and Conflict for
    one who is no more.
    """

    def decide(person: Person) -> Person:
        if person.merged_into is not None or person.erased_at is not None:
            raise Conflict("This person was merged into another one, or erased.")
        said = patch.model_dump(exclude_unset=True, exclude={"answers"})
        if missing := [name for name in ("name", "email", "role", "note") if said.get(name, "") is None]:
            raise Invalid.field(missing[0], "can't be empty")
        about = HolderDetails(email=person.email, name=person.name, answers=patch.answers)
        about_tiers = catalog.tiers if tier_ids is None else tier_ids
        told = person.told(catalog, about, now, tier_ids=about_tiers, voice=voice)
        if "email" in said and not same_address(said["email"], person.email):
            said["former_addresses"] = [*person.former_addresses, normal_email(person.email)]
        return told.model_copy(update=said)

    return change_person(table, person, decide)


def change_person(table: Table, person: Person, decide: Callable[[Person], Person]) -> Person:
    """Write what `decide` makes of a person, as he then is. Raises what `decide` raises, Contention."""
    for _ in range(_TRIES):
        after = decide(person)
        if after == person:
            return person
        try:
            return Person.of(table.write(after.over(person)))
        except ConditionFailed as failed:
            if failed.old is None:
                raise NotFound("There is no such person.") from failed
            person = Person.of(failed.old)
    raise Contention


def merge(table: Table, person: Person, other: Person) -> Person:
    """Make one person of two: the first keeps what he has and gets what only the other had.

    Merging again changes nothing. Raises Conflict, Invalid for a person and himself.
    """
    if person.id == other.id:
        raise Invalid.field("other_id", "is this person himself")
    for _ in range(_TRIES):
        if other.merged_into == person.id:
            return person
        if person.merged_into or other.merged_into or person.erased_at or other.erased_at:
            raise Conflict("One of these persons was merged already, or erased.")
        details = {
            name: getattr(person, name) or getattr(other, name)
            for name in ("company", "title", "phone", "language", "note")
        }
        roles = [one.role for one in (person, other) if one.role is not PersonRole.ATTENDEE]
        whole = person.model_copy(
            update={
                **details,
                "role": roles[0] if roles else PersonRole.ATTENDEE,
                "answers": other.answers | person.answers,
                "consents": _latest(person.consents, other.consents),
                "tickets": sorted({*person.tickets, *other.tickets}),
                "former_tickets": sorted({*person.former_tickets, *other.former_tickets}),
                "former_addresses": sorted({*person.former_addresses, *other.former_addresses}),
                "absorbed": [*person.absorbed, other.id, *other.absorbed],
            }
        )
        gone = other.model_copy(update={"merged_into": person.id, "tickets": [], "former_tickets": []})
        try:
            table.transact([whole.over(person), gone.over(other)])
        except TransactionRefused:
            person, other = load_person(table, person.id), load_person(table, other.id)
            continue
        return whole
    raise Contention


def _latest(one: Mapping[str, Consent], other: Mapping[str, Consent]) -> dict[str, Consent]:
    """Return what was agreed to or withdrawn last."""
    both = sorted([*one.items(), *other.items()], key=lambda said: said[1].at)
    return dict(both)


def persons_of_event(
    table: Table, event: Event, *, limit: int, cursor: str | None
) -> tuple[Sequence[Person], str | None]:
    """Return one page of the persons of an event by name.

    Costs one index query a shard and one read of the page. The cursor is the last name that was told.
    """
    after = Within(above=cursor)
    names = [
        entry
        for nn in range(event.shards)
        for entry in table.find("gsi1", keys.persons_of(event.id, nn), limit=limit + 1, within=after).entries
    ]
    found = sorted(names, key=lambda entry: entry.sort_key)
    page, rest = found[:limit], found[limit:]
    persons = [Person.of(item) for item in table.get_many([entry.key for entry in page])]
    return persons, page[-1].sort_key if rest else None
