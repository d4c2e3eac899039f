"""The door: one credential admits once, and every refusal says why."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from admit import ids, keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog
from admit.door.admit import Direction
from admit.door.answer import Result
from admit.door.device import Device, DeviceSettings, create_device, find_device, pair
from admit.errors import Forbidden, Invalid, Unauthenticated
from admit.orders.order import Order
from admit.people.person import Holder
from admit.store import Update
from admit.tickets.credential import Credential, Signer
from admit.tickets.scan import Reason
from admit.tickets.ticket import TicketStatus, load_ticket, tickets_from
from tests.builders import NOW, SIGNING_SECRET, a_name, a_price, an_event, give, later, other_tier
from tests.engine.doors import a_device, code, issued, scan, with_list
from tests.engine.unguarded import Unguarded


@pytest.fixture
def catalog(table: DynamoTable) -> Catalog:
    return an_event(table, {"title": "Backstage", "prices": [a_price(0)]})


@pytest.fixture
def device(table: DynamoTable, catalog: Catalog) -> Device:
    return a_device(table, catalog)


def test_a_credential_shown_at_twenty_gates_at_once_is_admitted_once(
    table: DynamoTable, catalog: Catalog, device: Device
) -> None:
    credential = code(catalog, issued(table, catalog))

    def show(_: int) -> str:
        answer = scan(table, catalog, device, credential=credential)
        return str(answer.reason or answer.result)

    with ThreadPoolExecutor(20) as threads:
        told = Counter(threads.map(show, range(20)))

    assert told == {"admitted": 1, "already_in": 19}


def test_without_its_condition_the_same_credential_enters_at_several_gates(
    endpoint: str, table: DynamoTable, catalog: Catalog, device: Device
) -> None:
    unguarded = Unguarded(table, "ORDER#")
    credential = code(catalog, issued(table, catalog))

    answers = [scan(unguarded, catalog, device, credential=credential).result for _ in range(3)]

    assert answers == [Result.ADMITTED] * 3


def test_an_admitted_scan_tells_who_comes_and_a_second_one_who_came(
    table: DynamoTable, catalog: Catalog, device: Device
) -> None:
    order = issued(table, catalog)
    give(table, order, 1, Holder(email="ola@polar.example", name="Ola Nordmann"))
    credential = code(catalog, order, revision=1)

    first = scan(table, catalog, device, credential=credential)
    second = scan(table, catalog, device, credential=credential)

    assert first.person is not None
    assert (first.result, first.person.name) == (Result.ADMITTED, "Ola Nordmann")
    assert second.earlier is not None
    assert (second.reason, second.earlier.device, second.earlier.at) == (
        Reason.ALREADY_IN,
        "Gate North",
        NOW,
    )


def test_the_same_nonce_gets_the_same_answer(table: DynamoTable, catalog: Catalog, device: Device) -> None:
    credential = code(catalog, issued(table, catalog))

    answers = [scan(table, catalog, device, credential=credential, nonce="n-1") for _ in range(3)]

    assert answers[0].result is Result.ADMITTED
    assert answers == [answers[0]] * 3


def test_a_retry_that_comes_after_the_exit_is_no_second_entry(
    table: DynamoTable, catalog: Catalog, device: Device
) -> None:
    order = issued(table, catalog)
    credential = code(catalog, order)
    scan(table, catalog, device, credential=credential, nonce="in")
    scan(table, catalog, device, credential=credential, nonce="out", direction=Direction.OUT)

    retried = scan(table, catalog, device, credential=credential, nonce="in")

    ticket = load_ticket(table, f"{order.id}-1")
    assert (retried.result, ticket.entries, ticket.admission) == (Result.ADMITTED, 1, "out")


def test_a_nonce_of_one_device_means_nothing_to_another(
    table: DynamoTable, catalog: Catalog, device: Device
) -> None:
    credential = code(catalog, issued(table, catalog))
    scan(table, catalog, device, credential=credential, nonce="1")

    elsewhere = scan(table, catalog, a_device(table, catalog), credential=credential, nonce="1")

    assert elsewhere.reason is Reason.ALREADY_IN


def test_a_former_holders_code_is_superseded_and_tells_nothing_of_the_new_one(
    table: DynamoTable, catalog: Catalog, device: Device
) -> None:
    order = issued(table, catalog)
    old = code(catalog, order)
    give(table, order, 1, Holder(email="ola@polar.example", name="Ola Nordmann"))

    refused = scan(table, catalog, device, credential=old)

    assert (refused.reason, refused.person) == (Reason.SUPERSEDED, None)
    assert scan(table, catalog, device, credential=code(catalog, order, revision=1)).result is Result.ADMITTED


def test_a_code_of_another_event_is_told_apart_from_a_forged_one(
    table: DynamoTable, catalog: Catalog, device: Device
) -> None:
    other = an_event(table)
    order = issued(table, other)
    forged = Signer("another secret", catalog.event.id).sign(Credential(issued(table, catalog).id, 1, 0))

    assert scan(table, catalog, device, credential=code(other, order)).reason is Reason.WRONG_EVENT
    assert scan(table, catalog, device, credential=forged).reason is Reason.INVALID
    assert scan(table, catalog, device, credential="HELLO").reason is Reason.INVALID
    assert scan(table, catalog, device, ticket_id="not-a-ticket").reason is Reason.INVALID


def test_a_ticket_id_of_another_event_does_not_admit(
    table: DynamoTable, catalog: Catalog, device: Device
) -> None:
    other = an_event(table)
    ticket = tickets_from(issued(table, other))[0]

    refused = scan(table, catalog, device, ticket_id=ticket.id)

    assert (refused.reason, refused.ticket) == (Reason.WRONG_EVENT, None)
    assert load_ticket(table, ticket.id).entries == 0


@pytest.mark.parametrize("status", [TicketStatus.SUSPENDED, TicketStatus.CANCELLED])
def test_a_ticket_that_is_not_valid_does_not_admit(
    table: DynamoTable, catalog: Catalog, device: Device, status: TicketStatus
) -> None:
    order = issued(table, catalog)
    key = keys.ticket(order.id, 1)
    table.write(Update(key, "SET #status = :s", condition=None, values={"s": status}))

    assert scan(table, catalog, device, credential=code(catalog, order)).reason == Reason(status)


def test_a_device_admits_only_what_its_list_names(table: DynamoTable, catalog: Catalog) -> None:
    backstage = other_tier(catalog)
    strict = with_list(catalog, tier_ids=[backstage])
    device = a_device(table, strict, list_ids=["strict"])

    refused = scan(table, strict, device, credential=code(catalog, issued(table, catalog)))
    admitted = scan(
        table, strict, device, credential=code(catalog, issued(table, catalog, tier_id=backstage))
    )

    assert refused.reason is Reason.WRONG_LIST
    assert admitted.result is Result.ADMITTED


def test_who_goes_out_may_come_in_again_unless_the_list_admits_once(
    table: DynamoTable, catalog: Catalog, device: Device
) -> None:
    credential = code(catalog, issued(table, catalog))

    def walk(rules: Catalog, device: Device, credential: str) -> list[str]:
        ways = [Direction.OUT, Direction.IN, Direction.OUT, Direction.OUT, Direction.IN]
        answers = [scan(table, rules, device, credential=credential, direction=way) for way in ways]
        return [str(answer.reason or answer.result) for answer in answers]

    once = with_list(catalog, again="never")
    strict = a_device(table, once, list_id="strict")

    assert walk(catalog, device, credential) == [
        "out_first",
        "admitted",
        "admitted",
        "out_first",
        "admitted",
    ]
    assert walk(once, strict, code(catalog, issued(table, catalog))) == [
        "out_first",
        "admitted",
        "admitted",
        "out_first",
        "already_used",
    ]


def test_a_code_that_fails_its_signature_costs_no_read_and_changes_no_ticket(
    catalog: Catalog, device: Device
) -> None:
    random = Random(3)
    order_id = ids.order_id(catalog.event.id, "key")
    good = Signer(SIGNING_SECRET, catalog.event.id).sign(Credential(order_id, 1, 0))
    written: list[str] = []
    # Any read of the table would raise.
    unread: Any = SimpleNamespace(write=lambda write: written.append(write.key.pk))

    for _ in range(2_000):
        at = random.randrange(len(good))
        bad = good[:at] + random.choice("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:") + good[at + 1 :]
        if bad != good:
            answer = scan(unread, catalog, device, credential=bad)
            assert answer.reason in (Reason.INVALID, Reason.WRONG_EVENT)
    assert {key.partition("#")[0] for key in written} == {"STRAY"}


def test_a_scan_names_either_a_credential_or_a_ticket(
    table: DynamoTable, catalog: Catalog, device: Device
) -> None:
    with pytest.raises(Invalid):
        scan(table, catalog, device)
    with pytest.raises(Invalid):
        scan(table, catalog, device, credential="x", ticket_id="y")
    with pytest.raises(Invalid):
        scan(table, catalog, device, credential="x", list_id="another")
    with pytest.raises(Forbidden):
        scan(table, catalog, device, credential="x", force=True)


def test_a_pairing_code_pairs_one_device_once(table: DynamoTable, catalog: Catalog) -> None:
    made = create_device(
        table,
        catalog,
        DeviceSettings(name="Gate South"),
        device_id=a_name("device"),
        default_list="everyone",
        now=NOW,
    )

    def attempt(_: int) -> str | None:
        try:
            return pair(table, made.code, NOW)[1]
        except Unauthenticated:
            return None

    with ThreadPoolExecutor(8) as threads:
        given = [key for key in threads.map(attempt, range(8)) if key]

    assert len(given) == 1
    assert find_device(table, given[0]).id == made.id
    with pytest.raises(Unauthenticated):
        find_device(table, f"{made.id}.wrong")
    stored = table.get(keys.device(made.id)) or {}
    assert given[0].split(".")[1] not in str(stored)


def test_a_pairing_code_runs_out(table: DynamoTable, catalog: Catalog) -> None:
    made = create_device(
        table,
        catalog,
        DeviceSettings(name="Gate East"),
        device_id=a_name("device"),
        default_list="everyone",
        now=NOW,
    )

    with pytest.raises(Unauthenticated):
        pair(table, made.code, later(60 * 24 * 8))


def test_assigning_and_scanning_at_the_same_moment_leaves_a_ticket_that_was_one_persons(
    table: DynamoTable, catalog: Catalog, device: Device
) -> None:
    for turn in range(10):
        order = issued(table, catalog)
        old = code(catalog, order)

        def act(kind: int, order: Order = order, old: str = old, turn: int = turn) -> str:
            if kind:
                return str(scan(table, catalog, device, credential=old).result)
            try:
                give(table, order, 1, Holder(email=f"p{turn}@polar.example", name="Ola"))
            except Exception as refused:  # the kinds are what is asserted
                return type(refused).__name__
            return "assigned"

        with ThreadPoolExecutor(2) as threads:
            told = set(threads.map(act, [0, 1]))

        assert told in ({"assigned", "refused"}, {"AlreadyCheckedIn", "admitted"})
