"""Tickets in people's hands, for the tests of them: bought, given, shown at a door, told of by the stream."""

from typing import Any

from admit import keys
from admit.people.person import Person, load_person, person_id
from admit.store import Item
from admit.tickets.credential import Credential, Signer
from admit.tickets.ticket import Ticket, load_ticket
from tests.builders import SIGNING_SECRET, a_name
from tests.engine.api import FOUNDER
from tests.engine.stream import a_record
from tests.engine.till import Json, Opened, Till

KARI = "kari@home.example"
FREE_TIER = {"prices": [{"amount": {"amount": 0, "currency": "EUR"}}]}


def bought(
    till: Till, quantity: int = 1, email: str = KARI, name: str = "Kari Nordmann", **fields: Any
) -> Json:
    """Let somebody get tickets for nothing."""
    total = {"amount": 0, "currency": "EUR"}
    buyer = {"email": email, "name": name}
    order = till.buy(quantity, "free", total=total, buyer=buyer, **fields)
    till.issue(order)
    return order


def bought_for(till: Till, *holders: Json, **fields: Any) -> Json:
    """Let somebody get tickets for nothing that name who attends when they are ordered."""
    line = {"tier_id": till.tier, "quantity": len(holders), "holders": holders}
    return bought(till, len(holders), lines=[line], **fields)


def a_holder(name: str = "Ola Nordmann", **fields: Any) -> Json:
    return {"email": f"{name.split(maxsplit=1)[0].lower()}@polar.example", "name": name, **fields}


def ticket_of(till: Till, order: Json, number: int = 1) -> Ticket:
    return load_ticket(till.table, f"{order['id']}-{number}")


def given(till: Till, order: Json, number: int = 1, **holder: Any) -> Json:
    path = f"/public/orders/{order['id']}/tickets/{number}/holder"
    answer = till.api.put(path, a_holder(**holder), key=order["key"])
    assert answer.status == 200, answer.text
    return dict(answer.body)


def credential(till: Till, order: Json, revision: int, number: int = 1) -> str:
    return Signer(SIGNING_SECRET, till.event_id).sign(Credential(order["id"], number, revision))


def shown(till: Till, door: str, text: str) -> str:
    """Show a QR code at a door; return what the device tells."""
    answer = till.api.post("/checkin/scans", {"credential": text, "nonce": a_name("nonce")}, key=door)
    return str(answer.body["reason"] or answer.body["result"])


def persons_with(till: Till, *people: tuple[str, str]) -> list[Person]:
    """Return the persons of these addresses and names."""
    return [load_person(till.table, person_id(till.event_id, *one)) for one in people]


def listed(till: Till, email: str, name: str, **said: Any) -> Person:
    """Let the organizer put somebody on the list of persons."""
    answer = till.api.post(f"{till.path}/persons", {"email": email, "name": name, **said}, as_=FOUNDER)
    assert answer.status in (200, 201), answer.text
    return load_person(till.table, answer.body["id"])


def merged(till: Till, stays: Person, goes: Person) -> Person:
    """Let the organizer make one person of two."""
    path = f"{till.path}/persons/{stays.id}/merge"
    answer = till.api.post(path, {"other_id": goes.id}, as_=FOUNDER)
    assert answer.status == 200, answer.text
    return load_person(till.table, stays.id)


def told(till: Till, before: Item | None, person: Person) -> None:
    """Let the stream tell of a change of a person."""
    item = till.table.get(keys.person(person.id))
    for function in ("generate_tickets", "project"):
        assert till.api.invoke(function, {"Records": [a_record(before, item)]}) == {"batchItemFailures": []}


def worked_off(till: Till, work: str) -> Json:
    """Let the stream tell of the waiting job of a kind, and a worker do it; return it as it is then."""
    found = till.table.page("gsi1", keys.jobs_of(till.event_id), limit=100)
    [job] = [item for item in found.items if item["work"] == work and item["status"] == "waiting"]
    assert till.api.invoke("project", {"Records": [a_record(None, job)]}) == {"batchItemFailures": []}
    till.api.work_off_jobs()
    return dict(till.table.get(keys.job(job["id"])) or {})


def opened_free(opened: Opened, **event: Any) -> Till:
    """Open an event whose tickets cost nothing."""
    return opened(FREE_TIER, **event)
