"""What was decided without a network: any order, any cut and any repeat leads to the same."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import batched
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog
from admit.catalog.check_in_list import Again
from admit.door.answer import Result
from admit.door.device import Device, Profile
from admit.door.group import group_of
from admit.door.sync import Synced, SyncRequest, sync
from admit.errors import Forbidden
from admit.ids import ticket_id
from admit.people.person import Holder
from admit.store import ConditionFailed, Update
from admit.tickets.scan import Outcome, Reason, scan_id
from admit.tickets.ticket import Ticket, TicketStatus, load_ticket
from tests.builders import NOW, a_name, an_event, give, later
from tests.engine.doors import a_device, code, issued, scan, told, with_list
from tests.engine.unguarded import Unguarded

type Queue = tuple[Device, list[dict[str, Any]]]
"""A device, and what it has decided by itself."""


@pytest.fixture
def catalog(table: DynamoTable) -> Catalog:
    return an_event(table)


def an_entry(credential: str | None, minute: float, **fields: Any) -> dict[str, Any]:
    said = {"credential": credential, "nonce": a_name("nonce"), "outcome": "admitted"}
    return said | {"at": (NOW + timedelta(minutes=minute)).isoformat()} | fields


def bring_in(
    table: DynamoTable, catalog: Catalog, device: Device, scans: Sequence[dict[str, Any]], **fields: Any
) -> Synced:
    request = SyncRequest.model_validate({"scans": scans, **fields})
    return sync(table, catalog, device, request, later(24 * 60))


def reach(
    table: DynamoTable, catalog: Catalog, queues: Sequence[Queue], random: Random, *, at_once: bool = False
) -> None:
    """Bring in the queues of devices in any order, cut anywhere, parts of them twice."""
    calls = []
    for device, queue in queues:
        scans = random.sample(queue, len(queue))
        parts = [list(part) for part in batched(scans, random.randint(1, 4), strict=False)]
        calls += [(device, part) for part in [*parts, *random.sample(parts, len(parts) // 2)]]
    random.shuffle(calls)

    def call(one: Queue) -> None:
        bring_in(table, catalog, *one)

    if at_once:
        with ThreadPoolExecutor(12) as threads:
            list(threads.map(call, calls))
    else:
        for one in calls:
            call(one)


def conflicts(ticket: Ticket) -> set[str]:
    return {name for name, one in ticket.scans.items() if one.outcome is Outcome.CONFLICT}


@pytest.mark.parametrize("turn", range(6))
def test_of_twenty_gates_that_admitted_one_code_apart_the_earliest_wins(
    table: DynamoTable, catalog: Catalog, turn: int
) -> None:
    order = issued(table, catalog)
    queues: list[Queue] = [
        (a_device(table, catalog), [an_entry(code(catalog, order), minute)]) for minute in range(20)
    ]

    reach(table, catalog, queues, Random(turn), at_once=True)

    ticket = load_ticket(table, ticket_id(order.id, 1))
    names = [scan_id(device.id, queue[0]["nonce"]) for device, queue in queues]
    assert ticket.scans[names[0]].outcome is Outcome.ADMITTED
    assert conflicts(ticket) == set(names[1:])
    assert (ticket.entries, ticket.entered["event"]) == (1, NOW)
    device, queue = queues[7]
    [again] = bring_in(table, catalog, device, queue).results
    assert again.conflict is not None
    assert (again.result, again.reason, again.conflict.at, again.conflict.device) == (
        Result.REFUSED,
        Reason.ALREADY_IN,
        NOW,
        "Gate North",
    )


def test_without_its_conditions_scans_that_come_at_once_are_lost(
    table: DynamoTable, catalog: Catalog
) -> None:
    unguarded = Unguarded(table, "ORDER#")
    order = issued(table, catalog)
    queues: list[Queue] = [
        (a_device(table, catalog), [an_entry(code(catalog, order), minute)]) for minute in range(20)
    ]

    reach(unguarded, catalog, queues, Random(1), at_once=True)

    ticket = load_ticket(table, ticket_id(order.id, 1))
    assert ticket.entries > 1 or len(ticket.scans) < 20


WAYS = st.lists(
    st.tuples(
        st.integers(0, 2),  # the device
        st.integers(1, 2),  # the ticket
        st.integers(0, 2_000),  # the minute
        st.sampled_from(["in", "in", "out"]),
        st.sampled_from(["admitted", "admitted", "admitted", "refused"]),
        st.sampled_from(list(Again)),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda way: way[:3],
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ways=WAYS, seed=st.integers(0, 1_000))
def test_queues_lead_to_the_same_in_any_order_cut_and_repeat(
    table: DynamoTable, catalog: Catalog, ways: list[tuple[Any, ...]], seed: int
) -> None:
    for again in Again:
        catalog = with_list(catalog, again, again=again)
    devices = [a_device(table, catalog, list_ids=list(Again)) for _ in range(3)]
    nonces = [a_name("nonce") for _ in ways]

    def lead(random: Random) -> list[Any]:
        order = issued(table, catalog, quantity=2)
        queues: list[Queue] = [(device, []) for device in devices]
        for nonce, (device, number, minute, direction, outcome, again) in zip(nonces, ways, strict=True):
            said = {"direction": direction, "outcome": outcome, "list_id": again, "nonce": nonce}
            refused = {"reason": "already_in"} if outcome == "refused" else {}
            queues[device][1].append(an_entry(code(catalog, order, number), minute, **said, **refused))
        reach(table, catalog, queues, random)
        tickets = [load_ticket(table, ticket_id(order.id, number)) for number in (1, 2)]
        return [(one.scans, one.inside, one.entered, one.entries) for one in tickets]

    random = Random(seed)
    assert lead(random) == lead(random)


def test_what_was_decided_without_a_network_counts_online(table: DynamoTable, catalog: Catalog) -> None:
    order = issued(table, catalog)
    apart, online = a_device(table, catalog, name="Tent"), a_device(table, catalog)
    credential = code(catalog, order)
    bring_in(table, catalog, apart, [an_entry(credential, 5)])

    refused = scan(table, catalog, online, later(60), credential=credential)

    assert refused.earlier is not None
    assert (told(refused), refused.earlier.device) == ("already_in", "Tent")


def test_an_entry_online_gives_way_to_an_earlier_one_that_becomes_known(
    table: DynamoTable, catalog: Catalog
) -> None:
    order = issued(table, catalog)
    apart, online = a_device(table, catalog), a_device(table, catalog)
    credential = code(catalog, order)
    assert told(scan(table, catalog, online, later(60), credential=credential, nonce="on")) == "admitted"

    [synced] = bring_in(table, catalog, apart, [an_entry(credential, 5)]).results

    assert synced.result is Result.ADMITTED
    ticket = load_ticket(table, ticket_id(order.id, 1))
    assert (conflicts(ticket), ticket.entries) == ({scan_id(online.id, "on")}, 1)
    # The device was told that it may let him in, and is told so again.
    assert told(scan(table, catalog, online, later(61), credential=credential, nonce="on")) == "admitted"


def test_what_a_device_refused_is_kept_with_its_reason(table: DynamoTable, catalog: Catalog) -> None:
    order = issued(table, catalog)
    device = a_device(table, catalog)
    refused = an_entry(code(catalog, order), 0, outcome="refused", reason="wrong_list")

    [first] = bring_in(table, catalog, device, [refused]).results
    [again] = bring_in(table, catalog, device, [refused]).results

    kept = load_ticket(table, ticket_id(order.id, 1))
    [record] = kept.scans.values()
    assert first == again
    assert (first.result, first.reason) == (Result.REFUSED, Reason.WRONG_LIST)
    assert (record.outcome, record.reason, record.offline, kept.entries) == (
        Outcome.REFUSED,
        Reason.WRONG_LIST,
        True,
        0,
    )


@pytest.mark.parametrize("answered", ["admitted", "already_in"])
def test_what_a_device_did_counts_where_it_never_had_the_answer(
    table: DynamoTable, catalog: Catalog, answered: str
) -> None:
    order = issued(table, catalog)
    device = a_device(table, catalog)
    credential = code(catalog, order)
    if answered == "already_in":
        scan(table, catalog, a_device(table, catalog), later(-9), credential=credential)
    assert told(scan(table, catalog, device, credential=credential, nonce="lost")) == answered
    outcome, reason = ("refused", "wrong_list") if answered == "admitted" else ("admitted", None)

    queue = [an_entry(credential, 0, nonce="lost", outcome=outcome, reason=reason)]
    first, again = (bring_in(table, catalog, device, queue).results for _ in range(2))

    ticket = load_ticket(table, ticket_id(order.id, 1))
    assert first == again
    if answered == "admitted":
        assert (first[0].reason, ticket.entries, ticket.inside) == (Reason.WRONG_LIST, 0, {})
    else:
        assert (first[0].reason, len(conflicts(ticket))) == (Reason.ALREADY_IN, 1)


@pytest.mark.parametrize("kind", ["superseded", "cancelled"])
def test_who_went_in_with_a_ticket_that_was_not_his_any_more_is_in_conflict(
    table: DynamoTable, catalog: Catalog, kind: str
) -> None:
    order = issued(table, catalog)
    credential = code(catalog, order)
    if kind == "superseded":
        give(table, order, 1, Holder(email="ola@polar.example", name="Ola Nordmann"))
    else:
        key = keys.ticket(order.id, 1)
        table.write(Update(key, "SET #status = :s", None, {"s": TicketStatus.CANCELLED}))

    [synced] = bring_in(table, catalog, a_device(table, catalog), [an_entry(credential, 0)]).results

    ticket = load_ticket(table, ticket_id(order.id, 1))
    assert (synced.result, synced.reason) == (Result.REFUSED, Reason(kind))
    assert (len(conflicts(ticket)), ticket.entries, ticket.inside) == (1, 0, {})


def test_a_clock_that_is_wrong_is_put_right(table: DynamoTable, catalog: Catalog) -> None:
    order = issued(table, catalog)
    device = a_device(table, catalog)
    slow = timedelta(hours=3)
    entry = an_entry(code(catalog, order), 10) | {"at": (later(10) - slow).isoformat()}

    answer = bring_in(table, catalog, device, [entry], sent_at=(later(24 * 60) - slow).isoformat())

    [record] = load_ticket(table, ticket_id(order.id, 1)).scans.values()
    assert answer.clock_offset_ms == slow.total_seconds() * 1000
    assert (record.at, record.device_at) == (later(10), later(10) - slow)


def test_what_is_no_ticket_is_kept_and_the_rest_goes_on(table: DynamoTable, catalog: Catalog) -> None:
    order = issued(table, catalog)
    device = a_device(table, catalog)
    scans = [
        an_entry("HELLO", 0, nonce="hello"),
        an_entry(code(catalog, order), 1),
        an_entry(None, 2),
        an_entry(None, 3, ticket_id=ticket_id(order.id, 77)),
    ]

    results = bring_in(table, catalog, device, scans).results

    assert [str(one.reason or one.result) for one in results] == ["invalid", "admitted", "invalid", "invalid"]
    kept = table.get(keys.stray_scan(catalog.event.id, scan_id(device.id, "hello"))) or {}
    assert (kept["outcome"], kept["reason"], kept["offline"]) == ("refused", "invalid", True)


def test_five_hundred_scans_cost_one_write_each(table: DynamoTable, catalog: Catalog) -> None:
    orders = [issued(table, catalog, quantity=50) for _ in range(10)]
    codes = [code(catalog, order, number) for order in orders for number in range(1, 51)]
    device = a_device(table, catalog)
    seen: Counter[str] = Counter()
    client = table._client

    class Counted:
        def __getattr__(self, name: str) -> Any:
            seen[name] += 1
            return getattr(client, name)

    counted: Any = Counted()
    scans = [an_entry(credential, at / 10) for at, credential in enumerate(codes)]
    answer = bring_in(DynamoTable(counted, table._name), catalog, device, scans)

    assert {one.result for one in answer.results} == {Result.ADMITTED}
    assert seen == {"update_item": 500}


def test_a_queue_that_was_cut_off_by_a_fault_is_brought_in_whole_by_a_repeat(
    table: DynamoTable, catalog: Catalog
) -> None:
    class Dying(DynamoTable):
        left = 7

        def write(self, write: Any) -> Any:
            self.left -= 1
            if self.left < 0:
                raise ConnectionError("the line went dead")
            return super().write(write)

    order = issued(table, catalog, quantity=20)
    device = a_device(table, catalog)
    scans = [an_entry(code(catalog, order, number), number) for number in range(1, 21)]

    with pytest.raises(ConnectionError):
        bring_in(Dying(table._client, table._name), catalog, device, scans)
    answer = bring_in(table, catalog, device, scans)

    assert {one.result for one in answer.results} == {Result.ADMITTED}
    assert [load_ticket(table, ticket_id(order.id, number)).entries for number in range(1, 21)] == [1] * 20


def test_a_scan_online_and_one_that_is_brought_in_at_the_same_moment_are_both_known(
    table: DynamoTable, catalog: Catalog
) -> None:
    for _ in range(10):
        order = issued(table, catalog)
        credential = code(catalog, order)
        apart, online = a_device(table, catalog), a_device(table, catalog)

        with ThreadPoolExecutor(2) as threads:
            brought = threads.submit(bring_in, table, catalog, apart, [an_entry(credential, 5)])
            scanned = threads.submit(scan, table, catalog, online, later(60), credential=credential)
            assert brought.result().results[0].result is Result.ADMITTED
            assert told(scanned.result()) in ("admitted", "already_in")

        ticket = load_ticket(table, ticket_id(order.id, 1))
        assert (ticket.entries, len(ticket.scans), ticket.entered["event"]) == (1, 2, later(5))


def test_the_write_of_a_scan_is_refused_when_it_is_known(table: DynamoTable, catalog: Catalog) -> None:
    """The control of repeats: a second write under one name must not pass."""
    order = issued(table, catalog)
    device = a_device(table, catalog)
    entry = an_entry(code(catalog, order), 0)
    bring_in(table, catalog, device, [entry])
    name = scan_id(device.id, entry["nonce"])

    with pytest.raises(ConditionFailed):
        table.write(
            Update(
                keys.ticket(order.id, 1),
                f"SET scans.#{name} = :again",
                f"attribute_not_exists(scans.#{name})",
                {"again": {}},
            )
        )


def test_what_a_device_may_not_do_it_has_not_done_without_a_network_either(
    table: DynamoTable, catalog: Catalog
) -> None:
    order = issued(table, catalog)
    credential = code(catalog, order)
    catalog = with_list(catalog, "open", again=Again.ALWAYS)
    scanner = a_device(table, catalog, profile=Profile.SCAN)
    entries = [
        an_entry(credential, 0),
        an_entry(credential, 1, force=True),
        an_entry(credential, 2, list_id="open"),
        an_entry(credential, 3, list_id="gone"),
    ]

    results = bring_in(table, catalog, scanner, entries).results

    assert [one.reason for one in results] == [None, *[Reason.ALREADY_IN] * 3]
    ticket = load_ticket(table, ticket_id(order.id, 1))
    assert (ticket.entries, len(conflicts(ticket))) == (1, 3)
    with pytest.raises(Forbidden):
        group_of(table, catalog, scanner, ticket.id, now=later(4))


@pytest.mark.parametrize(
    ("at", "sent_at"),
    [
        ("1970-01-01T00:00:00Z", None),
        ("9998-06-01T00:00:00Z", "0002-06-01T00:00:00Z"),
        ("0002-03-01T00:00:00Z", "2027-06-01T00:00:00Z"),
    ],
)
def test_a_time_that_can_not_be_is_the_present_and_beats_nobody(
    table: DynamoTable, catalog: Catalog, at: str, sent_at: str | None
) -> None:
    order = issued(table, catalog)
    credential = code(catalog, order)
    apart, online = a_device(table, catalog), a_device(table, catalog)
    scan(table, catalog, online, later(60), credential=credential, nonce="on")

    [synced] = bring_in(table, catalog, apart, [an_entry(credential, 0, at=at)], sent_at=sent_at).results

    assert synced.reason is Reason.ALREADY_IN
    assert load_ticket(table, ticket_id(order.id, 1)).entered["event"] == later(60)


def test_an_entry_that_the_list_forbids_counts_and_says_what_spoke_against_it(
    table: DynamoTable, catalog: Catalog
) -> None:
    catalog = with_list(catalog, tier_ids=["another"], ends_at=later(10))
    device = a_device(table, catalog, list_id="strict")
    wrong, late = issued(table, catalog), issued(table, with_list(catalog))
    entries = [an_entry(code(catalog, wrong), 0), an_entry(code(catalog, late), 20)]

    results = bring_in(table, catalog, device, entries).results

    assert [(one.result, one.reason) for one in results] == [(Result.ADMITTED, Reason.WRONG_LIST)] * 2
    assert load_ticket(table, ticket_id(wrong.id, 1)).admission == "in"
