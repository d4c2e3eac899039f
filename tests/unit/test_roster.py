"""The offline roster's files: a code opens its own entry, and without codes they tell nothing of anybody."""

import base64
import json
from datetime import timedelta
from random import Random

import pytest
from cryptography.exceptions import InvalidTag

from admit import ids
from admit.catalog.badge import PersonRole
from admit.door.roster import (
    MAGIC,
    Mark,
    gate_apart,
    open_entry,
    read_file,
    record_key,
    records_of,
    write_file,
)
from admit.door.roster_entry import RosterEntry, entry_of, tells_anew
from admit.people.person import Holder
from admit.seating.seat import SeatPlace
from admit.tickets.credential import Credential, NotACredential, Signer, credential_bytes
from admit.tickets.ticket import Images, OpenTransfer, Ticket, TicketStatus
from tests.builders import NOW, SIGNING_SECRET

EVENT = "event-1"
MOST_BYTES = 8_000_000
FIRST = ["Kari", "Ola", "Ingrid", "Maximilian", "Anne-Sophie", "Bjørn", "Zoë", "José", "Friederike", "Li"]
LAST = ["Nordmann", "Halvorsen", "Müller-Lüdenscheidt", "Berg", "Okonkwo", "van den Heuvel", "Ng", "Sæther"]
COMPANY = [
    "Polar Systems AS",
    "Nordlys Konsulting",
    "Bergen Kommune",
    "Universitetet i Oslo",
    "Fjord Data AB",
]
TITLE = ["Head of Sales", "Engineer", "Professor", "Product Manager", "CEO"]


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer(SIGNING_SECRET, EVENT)


def a_ticket(number: int = 1, **overrides: object) -> Ticket:
    fields = {
        "order_id": ids.order_id(EVENT, f"order {number // 4}"),
        "number": number % 4 + 1,
        "event_id": EVENT,
        "shard": 0,
        "tier_id": "tier-1",
        "tier_title": "Two-day pass",
        "buyer_email": "buyer@polar.example",
        "event_ends_at": NOW,
    }
    return Ticket.model_validate(fields | overrides)


def a_guest(number: int) -> Ticket:
    """Return a ticket of somebody with a name and often a company, a title and a seat, as they are."""
    random = Random(number)
    first, last = random.choice(FIRST), random.choice(LAST)
    holder = Holder(
        name=f"{first} {last}",
        email=f"{first}.{last.replace(' ', '')}.{number}@guest.example".lower(),
        company=random.choice(COMPANY) if random.random() < 0.7 else None,
        title=random.choice(TITLE) if random.random() < 0.5 else None,
    )
    seat = SeatPlace(id=f"stalls-{number % 40}-{number % 60}", section="Stalls", row="12", label="34")
    return a_ticket(
        number,
        holder=holder,
        seat=seat if random.random() < 0.3 else None,
        revision=random.random() < 0.1,
        note="Guest of the board" if number % 100 == 0 else "",
    )


def a_file(signer: Signer, *tickets: Ticket) -> bytes:
    return write_file({key: box for one in tickets for key, box in records_of(signer, one, entry_of(one, 0))})


def code(signer: Signer, ticket: Ticket, revision: int | None = None) -> str:
    newest = ticket.revision if revision is None else revision
    return signer.sign(Credential(ticket.order_id, ticket.number, newest))


def test_a_code_opens_all_that_is_said_of_its_ticket(signer: Signer) -> None:
    ticket = a_ticket(
        holder=Holder(name="Kari Nordmann", email="kari@polar.example", company="Polar", title="Head"),
        role=PersonRole.SPEAKER,
        seat=SeatPlace(id="stalls-12-7", section="Stalls", row="12", label="7"),
        status=TicketStatus.SUSPENDED,
        transfer=OpenTransfer(sequence=1, to="ola@polar.example", until=NOW + timedelta(hours=1)),
        unpaid=True,
        attention=True,
        note="Wheelchair",
        person_note="Press",
        inside={"event": "north"},
        entered={"event": NOW, "hall": NOW - timedelta(hours=1)},
        scanned_at=NOW + timedelta(minutes=1),
        scan_count=3,
    )
    now = round(NOW.timestamp() * 1000)
    assert open_entry(read_file(a_file(signer, ticket)), code(signer, ticket)) == RosterEntry(
        tier=0,
        name="Kari Nordmann",
        company="Polar",
        title="Head",
        role=PersonRole.SPEAKER,
        seat="Stalls · 12 · 7",
        section="stalls",
        status=TicketStatus.SUSPENDED,
        offered_until=now + 3_600_000,
        unpaid=True,
        attention=True,
        notes=["Wheelchair", "Press"],
        inside={"event": "north"},
        entered={"event": now, "hall": now - 3_600_000},
        scanned_at=now + 60_000,
    )


def test_an_entry_says_nothing_that_goes_without_saying() -> None:
    assert json.dumps(entry_of(a_ticket(), 3).short()) == '{"k": 3}'


def test_a_passage_that_was_the_last_entry_is_told_once() -> None:
    entered = entry_of(a_ticket(entered={"event": NOW}, scanned_at=NOW, scan_count=1), 0)
    assert entered.scanned_at is None


def test_codes_that_another_took_the_place_of_are_superseded(signer: Signer) -> None:
    ticket = a_ticket(revision=2)
    records = read_file(a_file(signer, ticket))
    assert [open_entry(records, code(signer, ticket, revision)) for revision in range(4)] == [
        Mark.SUPERSEDED,
        Mark.SUPERSEDED,
        entry_of(ticket, 0),
        None,
    ]


def test_a_cancelled_ticket_has_an_entry_that_says_so(signer: Signer) -> None:
    ticket = a_ticket(status=TicketStatus.CANCELLED)
    entry = open_entry(read_file(a_file(signer, ticket)), code(signer, ticket))
    assert isinstance(entry, RosterEntry)
    assert entry.status is TicketStatus.CANCELLED


def test_what_is_no_code_is_refused(signer: Signer) -> None:
    with pytest.raises(NotACredential):
        open_entry({}, code(signer, a_ticket())[:-1])


def test_no_code_opens_the_box_of_another(signer: Signer) -> None:
    one, other = a_guest(1), a_guest(2)
    boxes = read_file(a_file(signer, one, other))
    mine = record_key(credential_bytes(code(signer, one)))
    yours = record_key(credential_bytes(code(signer, other)))
    with pytest.raises(InvalidTag):
        open_entry({mine: boxes[yours]}, code(signer, one))


def test_records_stand_in_the_order_of_their_keys_and_not_of_their_tickets(signer: Signer) -> None:
    tickets = [a_guest(number) for number in range(100)]
    keys = list(read_file(a_file(signer, *tickets)))
    assert keys == sorted(keys)


def test_the_same_entry_never_has_the_same_box(signer: Signer) -> None:
    ticket = a_guest(1)
    assert a_file(signer, ticket) != a_file(signer, ticket)


@pytest.mark.parametrize("content", [b"", b"ADMROST\x02", MAGIC + b"\0" * 17, MAGIC + b"\0" * 16 + b"\0\1"])
def test_what_is_no_whole_file_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"not a file|cut off"):
        read_file(content)


def test_fifty_thousand_tickets_are_within_eight_megabytes_and_tell_nothing_without_codes(
    signer: Signer,
) -> None:
    tickets = [a_guest(number) for number in range(50_000)]
    content = a_file(signer, *tickets)
    assert len(content) <= MOST_BYTES, len(content)
    records = read_file(content)
    for ticket in tickets[::1_000]:
        assert open_entry(records, code(signer, ticket)) == entry_of(ticket, 0)
    assert found_in(content, tickets[:20], signer) == []


def test_a_look_at_a_file_that_is_not_sealed_finds_what_it_looks_for(signer: Signer) -> None:
    ticket = a_guest(1)
    assert ticket.holder
    control = a_file(signer, ticket) + json.dumps(entry_of(ticket, 0).short(), ensure_ascii=False).encode()
    assert ticket.holder.name in found_in(control, [ticket], signer)


def found_in(content: bytes, tickets: list[Ticket], signer: Signer) -> list[str]:
    """Return what a file shows of tickets to somebody who looks for it in every usual writing."""
    texts: set[str] = {EVENT, "tier-1", "Two-day pass", "buyer@polar.example"}
    raw: set[bytes] = set()
    for ticket in tickets:
        holder = ticket.holder
        assert holder
        texts |= {holder.name, holder.email, ticket.id, ticket.order_id, ids.order_code(ticket.order_id)}
        texts |= {text for text in (holder.company, holder.title, ticket.seat_text) if text}
        texts.add(code(signer, ticket))
        raw |= {ids.order_id_bytes(ticket.order_id), credential_bytes(code(signer, ticket))[12:20]}
    lowered = content.lower()
    # Shorter ones come up by chance in so many bytes.
    texts = {text for text in texts if len(text) > 5}
    seen = [
        text
        for text in sorted(texts)
        for written in _writings(text)
        if written in (lowered if written.isascii() and b"\0" not in written else content)
    ]
    return seen + [part.hex() for part in raw if part in content or part.hex().encode() in lowered]


def _writings(text: str) -> set[bytes]:
    plain = text.encode()
    inner = [base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 : -4] for shift in range(3)]
    return {
        plain.lower() if plain.isascii() else plain,
        plain.hex().encode(),
        text.encode("utf-16-le"),
        text.encode("utf-16-be"),
        *(part.lower() for part in inner if len(part) >= 8),
    }


@pytest.mark.parametrize(
    "change",
    [
        {"revision": 1},
        {"tier_id": "tier-2"},
        {"status": TicketStatus.CANCELLED},
        {"holder": Holder(name="Ola", email="ola@polar.example")},
        {"role": PersonRole.SPEAKER},
        {"seat": SeatPlace(id="stalls-1-1", section="Stalls", row="1", label="1")},
        {"transfer": OpenTransfer(sequence=1, to="ola@polar.example", until=NOW)},
        {"unpaid": True},
        {"attention": True},
        {"note": "Wheelchair"},
        {"person_note": "Press"},
        {"inside": {"event": ""}, "entered": {"event": NOW}},
        {"scanned_at": NOW},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_roster_tells_anew_of_what_doors_decide_by(change: dict[str, object]) -> None:
    assert tells_anew(a_ticket(), a_ticket().model_copy(update=change))


def test_the_roster_tells_of_a_new_ticket_and_not_of_what_no_door_sees() -> None:
    ticket = a_ticket()
    assert tells_anew(None, ticket)
    assert not tells_anew(ticket, ticket)
    assert not tells_anew(ticket, ticket.model_copy(update={"images": Images.STALE, "labels": 2}))


def test_apart_the_gates_have_about_as_many_tickets_each() -> None:
    gates = ["east", "north", "west"]
    tickets = [gate_apart(a_ticket(number).id, gates) for number in range(3_000)]
    assert all(900 < tickets.count(gate) < 1_100 for gate in gates)
