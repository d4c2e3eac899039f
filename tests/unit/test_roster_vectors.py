"""What the doors in the browser are held to: codes, a file of the roster and decisions, from this side.

`python -m tests.unit.test_roster_vectors` writes them anew.
"""

import base64
import json
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from admit import ids
from admit.catalog.badge import PersonRole
from admit.catalog.catalog import Catalog
from admit.catalog.check_in_list import Again, CheckInList, CheckInListRules
from admit.catalog.gate import Gate
from admit.catalog.tier import Category, Tier
from admit.catalog.zone import MAIN_ZONE, Zone
from admit.door import admit as online
from admit.door.answer import ADVICE, FORCEABLE
from admit.door.device import Device, Profile, device_view
from admit.door.passages import with_scan
from admit.door.record import Attempt, Named
from admit.door.roster import gate_apart, record_key, records_of, write_file
from admit.door.roster_entry import entry_of
from admit.door.roster_view import RosterEvent, RosterTier
from admit.people.person import Holder
from admit.seating.seat import SeatPlace
from admit.stock.stock import Stock
from admit.tickets.credential import Credential, Signer, credential_bytes
from admit.tickets.scan import Outcome, Reason, ScanRecord, scan_id
from admit.tickets.ticket import MOST_REVISIONS, OpenTransfer, Ticket, TicketStatus
from tests.builders import NOW, later
from tests.unit.test_credential import SIGNER, a_credential, an_event_record

ZONE = ZoneInfo(an_event_record().timezone)
FILE = Path(__file__).parents[2] / "web/src/lib/door/vectors.json"
DEVICE = Device(
    id="device-1",
    event_id="event-1",
    organizer_id="organizer-1",
    name="Gate North",
    list_ids=["list-0"],
    gate_id="north",
    profile=Profile.SUPERVISOR,
    pairing_until=NOW,
)
_PARTS: dict[str, Any] = {
    "tier_ids": ["floor"],
    "category_ids": ["stage"],
    "section_ids": ["balcony"],
    "roles": [PersonRole.SPEAKER, PersonRole.ATTENDEE],
    "starts_at": later(60 * 8),
    "ends_at": later(60 * 15),
    "paid_only": True,
}

_OTHER_OUTCOMES: list[dict[str, object]] = [
    {"outcome": Outcome.REFUSED, "reason": Reason.WRONG_LIST},
    {"outcome": Outcome.UNDONE},
    {"outcome": Outcome.CONFLICT, "reason": Reason.CANCELLED},
]


def a_catalog(random: Random) -> Catalog:
    """Return an event with lists of every rule."""
    tiers = [
        Tier(id=name, event_id="event-1", category=category, title=name.title(), prices=[], stock=stock)
        for name, category in (("floor", "general"), ("backstage", "stage"), ("press", None))
        for stock in [Stock.opened(name, None)]
    ]
    plain = [{"again": again, "zone_id": zone} for again in Again for zone in (MAIN_ZONE, "lounge")]
    strict = [{name: value, **random.choice(plain)} for name, value in _PARTS.items()]
    lists = [
        CheckInList(id=f"list-{at}", event_id="event-1", title=f"List {at}", **rules)
        for at, rules in enumerate([*plain, *strict])
    ]
    return Catalog(
        event=an_event_record(),
        categories={name: Category(id=name, event_id="event-1", title=name) for name in ("general", "stage")},
        tiers={tier.id: tier for tier in tiers},
        lists={one.id: one for one in lists},
        gates={name: Gate(id=name, event_id="event-1", title=name.title()) for name in ("north", "south")},
        zones={"lounge": Zone(id="lounge", event_id="event-1", title="Lounge")},
    )


def a_ticket(random: Random, catalog: Catalog, number: int) -> Ticket:
    seat = SeatPlace(id="balcony-4-12", section="Balcony", row="4", label="12")
    return Ticket(
        order_id=a_credential().order_id,
        number=number,
        event_id="event-1",
        shard=0,
        tier_id=random.choice(sorted(catalog.tiers)),
        tier_title="Pass",
        status=random.choices(list(TicketStatus), (12, 1, 1))[0],
        revision=random.choice((0, 0, 0, 1, 2)),
        holder=random.choice(
            (None, Holder(email="a@b.example", name="Åse Ølberg", company="Fjord & Fjell", title="Ärztin"))
        ),
        role=random.choice((None, *PersonRole)),
        seat=random.choice((None, seat)),
        unpaid=random.random() < 0.2,
        attention=random.random() < 0.2,
        note=random.choice(("", "Needs a ramp")),
        person_note=random.choice(("", "Knows the band")),
        transfer=OpenTransfer(sequence=1, to="c@d.example", until=later(random.randrange(4_000)))
        if random.random() < 0.15
        else None,
        event_ends_at=NOW,
        buyer_email="b@b.example",
    )


def a_scan(random: Random, catalog: Catalog, at: datetime) -> ScanRecord:
    rules = random.choice(sorted(catalog.lists.values(), key=lambda one: one.id))
    direction = online.Direction.OUT if random.random() < 0.4 else online.Direction.IN
    scan = online.scan_of(DEVICE, rules, direction, at)
    return scan.model_copy(update={"gate_id": random.choice(("north", "south", None))})


def as_passage(name: str, scan: ScanRecord) -> dict[str, object]:
    said = scan.model_dump(mode="json", include={"out", "zone_id", "gate_id", "again", "reason", "forced"})
    return {"name": name, "at": milliseconds(scan.at), "outcome": scan.outcome, **said}


def milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def walks(random: Random, catalog: Catalog) -> list[dict[str, object]]:
    """Return histories of a ticket, told in any order, with where they lead."""
    told: list[dict[str, object]] = []
    for _ in range(40):
        ticket = a_ticket(random, catalog, 1)
        times = [random.randrange(60 * 50) for _ in range(random.randrange(1, 12))]
        for nonce, minutes in enumerate(times):
            scan = a_scan(random, catalog, later(minutes))
            change: dict[str, object] = {}
            if random.random() < 0.1:
                change = {"forced": "known to us"}
            elif random.random() < 0.2:
                change = random.choice(_OTHER_OUTCOMES)
            name = scan_id(DEVICE.id, str(nonce))
            ticket = with_scan(ticket, name, scan.model_copy(update=change), ZONE)
        told.append(
            {
                "scans": [as_passage(name, scan) for name, scan in ticket.scans.items()],
                "inside": ticket.inside,
                "entered": {zone: milliseconds(at) for zone, at in ticket.entered.items()},
            }
        )
    return told


def decisions(random: Random, catalog: Catalog) -> tuple[list[dict[str, object]], dict[bytes, bytes]]:
    """Return attempts with what an online door decides, and the roster of before the device's own scans."""
    tier_ids = sorted(catalog.tiers)
    told: list[dict[str, object]] = []
    records: dict[bytes, bytes] = {}
    for number in range(1, 201):
        ticket = a_ticket(random, catalog, number)
        at = 0
        for nonce in range(random.choice((0, 0, 1, 2, 3, 4))):
            at += random.randrange(1, 900)
            scan = a_scan(random, catalog, later(at))
            ticket = with_scan(ticket, scan_id("device-2", str(nonce)), scan, ZONE)
        entry = entry_of(ticket, tier_ids.index(ticket.tier_id))
        records |= dict(records_of(SIGNER, ticket, entry))
        own: list[dict[str, object]] = []
        now = ticket
        for nonce in range(random.choice((0, 0, 1, 2))):
            at += random.randrange(1, 900)
            scan, name = a_scan(random, catalog, later(at)), scan_id(DEVICE.id, str(nonce))
            own.append(as_passage(name, scan))
            now = with_scan(now, name, scan, ZONE)
        revision = ticket.revision if random.random() < 0.9 else random.randrange(ticket.revision + 1)
        scan = a_scan(random, catalog, later(at + random.randrange(1, 900)))
        scan = scan.model_copy(update={"gate_id": DEVICE.gate_id})
        force = random.random() < 0.25
        rules = catalog.lists[scan.list_id]
        named = Named(ticket.order_id, number, revision)
        attempt = Attempt(scan_id(DEVICE.id, "asked"), scan, rules, named)
        reason = online.against(catalog, now, attempt)
        forced = force and reason in FORCEABLE
        refused = reason is not None and not forced
        told.append(
            {
                "credential": SIGNER.sign(Credential(ticket.order_id, number, revision)),
                "own": own,
                "list_id": scan.list_id,
                "direction": "out" if scan.out else "in",
                "at": milliseconds(scan.at),
                "force": force,
                "outcome": Outcome.REFUSED if refused else Outcome.ADMITTED,
                "reason": reason if refused else None,
                "forced": forced,
                "revoked": revision != ticket.revision,
                "entry": entry.model_dump(mode="json", exclude_none=True),
            }
        )
    return told, records


def readings(random: Random) -> list[dict[str, object]]:
    """Return texts as they may be scanned, with what they are."""
    known = [(1, 0), (65_535, 0), (7, MOST_REVISIONS - 1), (3, 2)]
    told: list[dict[str, object]] = []
    for number, revision in known:
        credential = a_credential(number, revision)
        text = SIGNER.sign(credential)
        key = record_key(credential_bytes(text)).hex()
        told.append({"text": text, "ticket_id": credential.ticket_id, "revision": revision, "key": key})
    good = SIGNER.sign(a_credential())
    elsewhere = Signer("a secret", "event-2").sign(Credential(ids.order_id("event-2", "key"), 1, 0))
    forged = Signer("b secret", "event-1").sign(a_credential())
    told += [{"text": elsewhere, "refused": "wrong_event"}, {"text": forged, "refused": "invalid"}]
    for text in ("", good[:-1], f"{good} ", good.lower(), ":::" * 38, "HTTPS://EXAMPLE.ORG", "Ü" * 114):
        told.append({"text": text, "refused": "invalid"})
    for place in random.sample(range(6, 114), 12):
        other = "A" if good[place] != "A" else "B"
        text = good[:place] + other + good[place + 1 :]
        told.append({"text": text, "refused": why_refused(text)})
    return told


def why_refused(text: str) -> str:
    reason = online.named_by(a_catalog(Random(1)), online.Shown(credential=text))
    assert isinstance(reason, Reason)
    return str(reason)


def vectors() -> dict[str, object]:
    """Return all of them, the same at each call."""
    random = Random(20_260)
    catalog = a_catalog(random)
    with patch("admit.door.roster.secrets.token_bytes", random.randbytes):
        decided, records = decisions(random, catalog)
    event = catalog.event
    named = [f"{a_credential().order_id}-{number}" for number in range(1, 9)]
    return {
        "event": RosterEvent(
            id=event.id, title=event.title, timezone=event.timezone, public_key=event.public_key
        ).model_dump(mode="json"),
        "tiers": [
            RosterTier(id=tier.id, title=tier.title, category=tier.category).model_dump(mode="json")
            for _, tier in sorted(catalog.tiers.items())
        ],
        "lists": [
            CheckInListRules(**one.model_dump(include=set(CheckInListRules.model_fields))).model_dump(
                mode="json"
            )
            for one in catalog.lists.values()
        ],
        "gates": [{"id": gate.id, "title": gate.title} for gate in catalog.gates.values()],
        "device": device_view(DEVICE).model_dump(mode="json") | {"list_ids": list(catalog.lists)},
        "advice": {str(reason): advice for reason, advice in ADVICE.items()},
        "forceable": sorted(FORCEABLE),
        "readings": readings(random),
        "file": base64.b64encode(write_file(records)).decode(),
        "decisions": decided,
        "walks": walks(random, catalog),
        "apart": [{"ticket_id": name, "gate": gate_apart(name, ["a", "b", "c"])} for name in named],
    }


def written() -> str:
    """Write them a line for each, so that a change can be read."""
    parts = []
    for name, value in vectors().items():
        text = json.dumps(value, ensure_ascii=False)
        if isinstance(value, list):
            text = "[\n" + ",\n".join(json.dumps(one, ensure_ascii=False) for one in value) + "\n]"
        parts.append(f"{json.dumps(name)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def test_the_vectors_that_the_pages_are_held_to_are_what_this_side_does() -> None:
    assert FILE.read_text() == written()


def test_the_vectors_hold_every_reason_that_a_door_can_find_by_itself() -> None:
    decided = json.loads(FILE.read_text())["decisions"]
    found = {one["reason"] for one in decided if one["outcome"] == Outcome.REFUSED}

    assert found == {str(reason) for reason in Reason} - {
        Reason.INVALID,
        Reason.WRONG_EVENT,
        Reason.GATE_FULL,
    }


if __name__ == "__main__":
    FILE.write_text(written())
