"""The doors in the browser decide by a roster of 50,000 tickets without a network."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from itertools import batched
from pathlib import Path
from random import Random

from admit import ids
from admit.clock import stamp
from admit.door.roster import records_of, write_file
from admit.door.roster_entry import entry_of
from admit.door.roster_files import CHUNK
from admit.people.person import Holder
from admit.tickets.credential import Credential, Signer
from admit.tickets.scan import Reason
from admit.tickets.ticket import Ticket, TicketStatus
from tests.builders import NOW

WEB = Path(__file__).parents[2] / "web"
EVENT = "event-1"
SIGNER = Signer("a secret", EVENT)
TICKETS = 50_000
SCANS = 1_000
MOST_SIGNATURES = 30
"""A signature is verified in some 0.2 ms where 50 ms are the target of a decision."""
FIRST = ("Kari", "Ola", "Åse", "Jürgen", "Anna-Lena", "Zoë", "Maximilian", "Siobhán")
LAST = ("Nordmann", "Ødegård", "von der Heide", "Müller", "O'Brien", "García Lorca", "Lindqvist")


def tickets() -> Iterator[Ticket]:
    """Yield the tickets of an event, four an order, of which some were passed on or cancelled."""
    random = Random(7)
    for at in range(TICKETS):
        order_id = ids.order_id(EVENT, str(at // 4))
        name = f"{random.choice(FIRST)} {random.choice(LAST)} {at}"
        company = random.choice((None, "Polar Systems AS", "Fjord & Fjell GmbH"))
        yield Ticket(
            order_id=order_id,
            number=at % 4 + 1,
            event_id=EVENT,
            shard=0,
            tier_id="floor",
            tier_title="Floor",
            status=TicketStatus.CANCELLED if random.random() < 0.01 else TicketStatus.VALID,
            revision=1 if random.random() < 0.2 else 0,
            holder=Holder(email=f"guest{at}@polar.example", name=name, company=company),
            event_ends_at=NOW,
            buyer_email="b@b.example",
        )


def code(ticket: Ticket, revision: int) -> str:
    return SIGNER.sign(Credential(ticket.order_id, ticket.number, revision))


def asked_of(ticket: Ticket) -> Iterator[dict[str, object]]:
    """Yield scans of a ticket in their order, with what a door says to each."""

    def scan(revision: int, reason: Reason | None, *, named: bool) -> dict[str, object]:
        return {
            "credential": code(ticket, revision),
            "result": "refused" if reason else "admitted",
            "reason": reason,
            "name": ticket.holder.name if named and ticket.holder else None,
            "newer": revision > ticket.revision,
        }

    for revision in range(ticket.revision):
        yield scan(revision, Reason.SUPERSEDED, named=False)
    if ticket.status is TicketStatus.CANCELLED:
        yield scan(ticket.revision, Reason.CANCELLED, named=True)
        return
    yield scan(ticket.revision, None, named=True)
    yield scan(ticket.revision, Reason.ALREADY_IN, named=True)
    yield scan(ticket.revision + 1, Reason.ALREADY_IN, named=False)


def write_roster(folder: Path, all_tickets: list[Ticket]) -> None:
    chunks = []
    for number, some in enumerate(batched(all_tickets, CHUNK, strict=False)):
        records = {key: box for one in some for key, box in records_of(SIGNER, one, entry_of(one, 0))}
        content, name = write_file(records), f"chunk-{number:03d}"
        (folder / name).write_bytes(content)
        chunks.append(
            {
                "name": name,
                "size": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "entries": len(records),
                "url": f"/checkin/roster/{name}",
            }
        )
    everyone = {"id": "everyone", "title": "Everyone", "again": "after_exit", "zone_id": "event"}
    no_rules = {"tier_ids": [], "category_ids": [], "section_ids": [], "roles": [], "paid_only": False}
    event = {"id": EVENT, "title": "Fair", "timezone": "Europe/Oslo", "public_key": SIGNER.public_key}
    device = {"id": "device-1", "name": "North", "gate_id": None, "list_ids": ["everyone"], "profile": "scan"}
    header = {
        "state": "ready",
        "server_time": stamp(NOW),
        "cursor": "1.0",
        "as_of": stamp(NOW),
        "event": event,
        "tiers": [{"id": "floor", "title": "Floor", "category": None}],
        "lists": [everyone | no_rules],
        "gates": [],
        "zones": [],
        "device": device,
        "partition": None,
        "chunks": chunks,
        "deltas": [],
    }
    (folder / "header.json").write_text(json.dumps(header))


def test_a_door_without_a_network_decides_by_fifty_thousand_tickets_in_the_time_of_a_few_signatures(
    tmp_path: Path,
) -> None:
    all_tickets = list(tickets())
    write_roster(tmp_path, all_tickets)
    shown = Random(8).sample(all_tickets, SCANS // 3)
    asked = [scan for ticket in shown for scan in asked_of(ticket)]
    (tmp_path / "asked.json").write_text(json.dumps(asked))
    one_core = ["taskset", "-c", "0"] if shutil.which("taskset") else []

    ended = subprocess.run(
        [*one_core, "node_modules/.bin/vitest", "run", "src/lib/door/many.test.ts"],
        cwd=WEB,
        env={**os.environ, "ADMIT_ROSTER_DIR": str(tmp_path), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )

    assert ended.returncode == 0, ended.stdout[-3_000:] + ended.stderr[-1_000:]
    times = json.loads((tmp_path / "times.json").read_text())
    print(times)
    assert times["scans"] == len(asked)
    assert times["decided"] < MOST_SIGNATURES * times["verified"]
