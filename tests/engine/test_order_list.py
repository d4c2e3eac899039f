"""The organizer's list of orders: by any filter what has it, however records come, at the price of a page."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog
from admit.catalog.price import PaymentMethod
from admit.errors import Invalid
from admit.ids import order_id
from admit.insight.order_list import NAMES_WANTED, Facet, ListedOrder, relist, relist_event
from admit.insight.order_page import OrderFilter, find_orders, orders_page
from admit.insight.summary import summary_of
from admit.orders.order import Attention, Billing, Order, OrderStatus, load_order
from admit.payments.late import take_misfit
from admit.payments.settle import settle_card
from admit.people.account import Member, Role
from admit.people.person import Holder
from admit.store import Item, Key, Put
from admit.tickets.credential import Signer
from admit.tickets.issue import issue
from admit.tickets.ticket import TicketStatus, tickets_of
from tests.builders import (
    NOW,
    SIGNING_SECRET,
    FakeBucket,
    a_buyer,
    a_card_order,
    a_name,
    a_page,
    a_price,
    an_event,
    an_order,
    default_tier,
    give,
    other_tier,
)
from tests.engine.api import FOUNDER, Api, serving
from tests.engine.dynamodb_local import counted
from tests.engine.stream import deliver
from tests.engine.streamed import Streamed, let_through, told
from tests.engine.unguarded import Meanwhile

PASS = {"title": "Two-day pass", "prices": [a_price(2_000, "invoice", "card")]}
ORGANIZER = "organizer-1"
NEAR = NOW + timedelta(days=90)
"""So late that the event of the builders is a few days away."""


@pytest.fixture
def streamed(table: DynamoTable) -> Streamed:
    return Streamed(table)


@pytest.fixture
def catalog(table: DynamoTable) -> Catalog:
    return an_event(table, PASS, capacity=10_000)


@pytest.fixture
def stage(streamed: Streamed, catalog: Catalog) -> Iterator[Api]:
    """The API on a table whose stream is kept; the founder owns the event's account."""
    Streamed.write(streamed, Member(organizer_id=ORGANIZER, email=FOUNDER, role=Role.OWNER).put())
    with serving(streamed) as api:
        yield api


def projecting(api: Api) -> Callable[[list[dict[str, Any]]], object]:
    return lambda records: api.invoke("project", {"Records": records})


def path_of(catalog: Catalog, rest: str = "") -> str:
    return f"/organizer/{ORGANIZER}/events/{catalog.event.id}{rest}"


def written(table: DynamoTable, catalog: Catalog, number: int, **overrides: Any) -> Order:
    """Write an order as placing it would leave it, the later the higher its number."""
    event = catalog.event
    identifier = order_id(event.id, a_name("key"))
    own = {"id": identifier, "event_id": event.id, "shard": number % event.shards}
    placed_at = NOW - timedelta(days=30) + timedelta(minutes=number)
    order = a_card_order(placed_at, **own | {"event_ends_at": event.ends_at} | overrides)
    table.write(order.put())
    return order


def varied(table: DynamoTable, catalog: Catalog, count: int) -> list[Order]:
    """Write orders that differ in all that the list filters by."""
    random, orders = Random(4), []
    lines = a_card_order().lines
    tiers = sorted(catalog.tiers)
    for number in range(count):
        company = random.choice([None, None, "company-1", "company-2"])
        overrides = {
            "status": random.choice(list(OrderStatus)),
            "payment_method": random.choice(["card", "invoice"]),
            "source": random.choice(["public", "organizer", "import"]),
            "company_id": company,
            "billing": Billing(company="Polar Systems AS", reference=f"PO-{number:03d}") if company else None,
            "mail_bounced": random.random() < 0.3,
            "lines": [
                lines[0].model_copy(update={"tier_id": tier_id})
                for tier_id in random.sample(tiers, random.randint(1, 2))
            ],
            "buyer": a_buyer(email=f"guest{number}@polar.example", name=f"Guest Number{number:03d}"),
        }
        orders.append(written(table, catalog, number, **overrides))
    return orders


def listed(
    table: DynamoTable, catalog: Catalog, limit: int = 7, now: Any = NOW, **asked: Any
) -> list[ListedOrder]:
    """Read all pages of a list."""
    rows: list[ListedOrder] = []
    cursor: str | None = None
    while True:
        wanted = OrderFilter.model_validate(asked)
        page = orders_page(table, catalog, wanted, now=now, limit=limit, cursor=cursor)
        rows += page.rows
        cursor = page.cursor
        if cursor is None:
            return rows


def ids(rows: Sequence[ListedOrder | Order]) -> list[str]:
    return [row.id for row in rows]


def stored(table: DynamoTable, catalog: Catalog) -> dict[tuple[str, str], Item]:
    """Return every row and word of the list of an event, whatever partition it is in."""
    found: dict[tuple[str, str], Item] = {}
    more: dict[str, Any] = {}
    while True:
        answer = table._client.scan(
            TableName=table._name,
            FilterExpression="begins_with(pk, :begin)",
            ExpressionAttributeValues={":begin": {"S": f"ORDERS#{catalog.event.id}#"}},
            **more,
        )
        found |= {(item["pk"]["S"], item["sk"]["S"]): item for item in answer["Items"]}
        if "LastEvaluatedKey" not in answer:
            return found
        more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def places_of(table: DynamoTable, orders: Sequence[Order]) -> set[Key]:
    """Return where the rows and words of orders have to be, by what they and their tickets are now."""
    rows = [
        ListedOrder.of_order(load_order(table, order.id), tickets_of(table, order.id)) for order in orders
    ]
    return {row.key_in(facet) for row in rows for facet in row.facets} | {
        row.word_key(word) for row in rows for word in row.words
    }


def made(table: DynamoTable, catalog: Catalog, order: Order) -> Order:
    """Let the tickets of an order be made."""
    signer = Signer(SIGNING_SECRET, catalog.event.id)
    issue(table, FakeBucket(), signer, catalog.event, order, now=NOW)
    return load_order(table, order.id)


# --- filters ----------------------------------------------------------------------------------------------


def test_each_filter_gives_the_orders_that_have_it_newest_first_and_no_other(
    table: DynamoTable, catalog: Catalog
) -> None:
    orders = varied(table, catalog, 60)
    assert relist_event(table, catalog.event) == 60
    newest = list(reversed(orders))
    tier = default_tier(catalog)
    has: dict[str, Callable[[Order], object]] = {
        "{}": lambda order: True,
        "status=fulfilled": lambda order: order.status == "fulfilled",
        "payment_status=unpaid": lambda order: order.payment_status == "unpaid",
        "method=invoice": lambda order: order.payment_method == "invoice",
        "source=import": lambda order: order.source == "import",
        f"tier={tier}": lambda order: any(line.tier_id == tier for line in order.lines),
        "organization=company-2": lambda order: order.company_id == "company-2",
        "attention=mail_bounced": lambda order: order.mail_bounced,
        "attention=any": lambda order: order.attention,
        "from=2027-01-30T12:10:00Z&to=2027-01-30T12:20:00Z": lambda order: order in orders[10:20],
        "status=settled&method=card": lambda order: (
            (order.status, order.payment_method) == ("settled", "card")
        ),
        "method=card&attention=any&organization=company-1": lambda order: (
            (order.payment_method, order.company_id) == ("card", "company-1") and order.attention
        ),
        "status=expired&from=2027-01-30T12:30:00Z": lambda order: (
            order.status == "expired" and order in orders[30:]
        ),
    }
    for query, fits in has.items():
        asked: Any = dict(part.split("=", 1) for part in query.split("&") if "=" in part)
        expected = [order.id for order in newest if fits(order)]
        assert expected, query
        assert ids(listed(table, catalog, **asked)) == expected, query


def test_a_day_is_one_of_the_place_where_the_event_is(table: DynamoTable, catalog: Catalog) -> None:
    late = written(table, catalog, 1, placed_at="2027-02-10T23:30:00Z")  # half past midnight in Oslo
    written(table, catalog, 2, placed_at="2027-02-10T22:30:00Z")
    relist_event(table, catalog.event)

    times: Any
    for times in (
        {"from": "2027-02-11", "to": "2027-02-11"},
        {"from": "2027-02-11T00:00:00+01:00", "to": "2027-02-11T00:30:00.001+01:00"},
    ):
        assert ids(listed(table, catalog, **times)) == [late.id]
    for wrong in ("2027-13-01", "yesterday", "2027-02-11T00:00:00", "0001-01-01"):
        times = {"from": wrong}
        with pytest.raises(Invalid):
            listed(table, catalog, **times)


def test_an_order_in_any_state_is_found_by_its_words_each_once(table: DynamoTable, catalog: Catalog) -> None:
    orders = varied(table, catalog, 30)
    relist_event(table, catalog.event)
    fifth = orders[5]
    assert fifth.company_id is None or fifth.billing is not None

    assert ids(listed(table, catalog, q=fifth.code)) == [fifth.id]
    assert ids(listed(table, catalog, q="guest5@polar.example")) == [fifth.id]
    assert ids(listed(table, catalog, q="number005 GUE")) == [fifth.id]
    assert sorted(ids(listed(table, catalog, q="guest"))) == sorted(ids(orders))
    [billed] = [order for order in orders if order.billing][:1]
    assert billed.billing is not None
    assert billed.id in ids(listed(table, catalog, q=billed.billing.reference or ""))
    expired = [order.id for order in orders if order.status is OrderStatus.EXPIRED]
    assert sorted(ids(listed(table, catalog, q="number", status="expired"))) == sorted(expired)
    assert listed(table, catalog, q="nobody") == []
    assert listed(table, catalog, q="!?") == []


def test_a_door_finds_only_orders_that_have_tickets(table: DynamoTable, catalog: Catalog) -> None:
    orders = varied(table, catalog, 30)
    relist_event(table, catalog.event)

    found = find_orders(table, catalog.event, "guest", limit=50)

    fulfilled = [order.id for order in orders if order.status is OrderStatus.FULFILLED]
    assert sorted(ids(found)) == sorted(fulfilled)


# --- pages ------------------------------------------------------------------------------------------------


def test_no_row_is_lost_or_told_twice_while_orders_change_between_pages(
    table: DynamoTable, catalog: Catalog
) -> None:
    random, orders = Random(8), varied(table, catalog, 40)
    relist_event(table, catalog.event)
    settled = {order.id for order in orders if order.payment_method == "card"}

    seen: dict[str, list[str]] = {"all": [], "card": []}
    cursors: dict[str, str | None] = {"all": "", "card": ""}
    number = 100
    while any(cursor is not None for cursor in cursors.values()):
        for name, cursor in cursors.items():
            if cursor is not None:
                asked = OrderFilter.model_validate({"method": "card"} if name == "card" else {})
                page = orders_page(table, catalog, asked, now=NOW, limit=6, cursor=cursor or None)
                seen[name] += ids(page.rows)
                cursors[name] = page.cursor
        changed = load_order(table, random.choice(orders).id)
        status = random.choice(list(OrderStatus))
        table.write(changed.then("system", "moved", NOW, status=status).over(changed))
        new = written(table, catalog, number := number + 1, payment_method="card")
        relist(table, {changed.id: None, new.id: None})

    assert len(seen["all"]) == len(set(seen["all"]))
    assert set(ids(orders)) <= set(seen["all"])
    assert len(seen["card"]) == len(set(seen["card"]))
    assert settled <= set(seen["card"])


def test_a_cursor_that_no_list_has_answered_is_refused(table: DynamoTable, catalog: Catalog) -> None:
    for asked in (OrderFilter(), OrderFilter(q="guest"), OrderFilter(status=OrderStatus.SETTLED)):
        for cursor in ("x", "2027-03-01", "~", "zzzz#2027-01-01T00:00:00.000Z#abc"):
            with pytest.raises(Invalid):
                orders_page(table, catalog, asked, now=NOW, limit=5, cursor=cursor)


def spread(table: DynamoTable, catalog: Catalog, count: int) -> None:
    """List so many orders: one in ten waits for approval, half are by invoice."""
    template = ListedOrder.of_order(written(table, catalog, 0))
    items: list[Put] = []
    for number in range(count):
        row = template.model_copy(
            update={
                "id": order_id(catalog.event.id, a_name("key")),
                "placed_at": NOW - timedelta(minutes=number),
                "status": OrderStatus.AWAITING_APPROVAL if number % 10 == 0 else OrderStatus.SETTLED,
                "payment_method": PaymentMethod.INVOICE if number % 2 else PaymentMethod.CARD,
            }
        )
        item = {"kind": "order_row", **row.attributes()}
        facets = [Facet.ALL.value, Facet.STATUS.of(row.status), Facet.METHOD.of(row.payment_method)]
        items += [Put(row.key_in(facet), item) for facet in facets]
        items += [Put(row.word_key(word), {"kind": "word"}) for word in row.words if word.startswith("kari")]
    encode = table._put
    for at in range(0, len(items), 25):
        requests: Any = [{"PutRequest": {"Item": encode(put)["Item"]}} for put in items[at : at + 25]]
        table._client.batch_write_item(RequestItems={table._name: requests})


@pytest.fixture(scope="module")
def sized(dynamodb: Any, table_name: str) -> dict[int, Catalog]:
    """Events with 200 and with 2,000 orders."""
    table, found = DynamoTable(dynamodb, table_name), {}
    for count in (200, 2_000):
        catalog = an_event(table, PASS, capacity=64_000)
        spread(table, catalog, count)
        found[count] = catalog
    return found


COSTS = {
    "": 1,
    "status=awaiting_approval": 1,
    "method=invoice": 1,
    "q=kari": 2,
    # One look at each partition shows which is the sparser one; half of what waits for approval is by card.
    "status=awaiting_approval&method=card": 2,
}


@pytest.mark.parametrize("query", COSTS)
def test_a_page_costs_as_many_requests_of_ten_times_as_many_orders(
    dynamodb: Any, table: DynamoTable, sized: dict[int, Catalog], query: str
) -> None:
    asked = OrderFilter.model_validate(dict(part.split("=") for part in query.split("&") if part))
    for count, catalog in sized.items():
        assert catalog.event.shards == 32
        with counted(dynamodb) as requests:
            page = orders_page(table, catalog, asked, now=NOW, limit=10, cursor=None)
        assert len(page.rows) == 10
        assert len(requests) == COSTS[query], (count, requests)


def test_filters_that_hardly_ever_meet_look_at_a_thousand_rows_and_go_on_from_there(
    dynamodb: Any, table: DynamoTable, sized: dict[int, Catalog]
) -> None:
    asked = OrderFilter.model_validate({"method": "invoice", "q": "kari", "source": "import"})
    with counted(dynamodb) as requests:
        page = orders_page(table, sized[2_000], asked, now=NOW, limit=10, cursor=None)

    assert page.rows == []
    assert page.cursor is not None
    assert len(requests) == 20
    while page.cursor is not None:
        page = orders_page(table, sized[2_000], asked, now=NOW, limit=10, cursor=page.cursor)
        assert page.rows == []


def test_the_first_page_takes_three_requests_and_the_summary_one(
    dynamodb: Any, stage: Api, streamed: Streamed, catalog: Catalog
) -> None:
    order = an_order(streamed, catalog, quantity=2)
    told(streamed, projecting(stage))

    with counted(dynamodb) as listing:
        page = stage.get(path_of(catalog, "/orders"), as_=FOUNDER)
    with counted(dynamodb) as summing:
        summary = stage.get(path_of(catalog, "/summary"), as_=FOUNDER)

    assert [row["id"] for row in page.body["items"]] == [order.id]
    assert len(listing) <= 3, listing
    assert summary.body["orders"] == 1
    assert len(summing) == 1, summing
    stranger = stage.get(path_of(catalog, "/summary"), as_="stranger@else.example")
    assert stranger.status == 404


def test_what_is_no_value_of_a_filter_is_named(stage: Api, catalog: Catalog) -> None:
    wrong = {
        "status": "shipped",
        "payment_status": "maybe",
        "method": "cash",
        "source": "elsewhere",
        "attention": "sometimes",
        "tier": "no-tier",
        "from": "yesterday",
        "to": "2027-02-30",
        "cursor": "somewhere",
    }
    for name, value in wrong.items():
        answer = stage.get(path_of(catalog, "/orders"), as_=FOUNDER, query={name: value})
        assert answer.status == 422, (name, answer.text)
        assert {fault["field"].split(".")[0] for fault in answer.body["errors"]} == {name}


# --- what is told -----------------------------------------------------------------------------------------


def test_a_row_follows_its_order_and_its_tickets(stage: Api, streamed: Streamed, catalog: Catalog) -> None:
    order = an_order(streamed, catalog, tier_id=other_tier(catalog), quantity=3, method="card")
    told(streamed, projecting(stage))
    [row] = stage.get(path_of(catalog, "/orders"), as_=FOUNDER).body["items"]
    assert (row["status"], row["paid"]["amount"], row["progress"]["issued"]) == ("awaiting_payment", 0, 0)

    settle_card(streamed, order, a_page(order), NOW)
    paid = take_misfit(streamed, load_order(streamed, order.id), actor="boss", note="", now=NOW)
    order = made(streamed, catalog, paid)
    give(streamed, order, 2, Holder(email="ola@polar.example", name="Ola Nordmann"))
    told(streamed, projecting(stage))

    [row] = stage.get(path_of(catalog, "/orders"), as_=FOUNDER).body["items"]
    assert row == {
        "id": order.id,
        "code": order.code,
        "status": "fulfilled",
        "payment_status": "paid",
        "payment_method": "card",
        "source": "public",
        "company_id": None,
        "company": None,
        "buyer": {"email": "kari@polar.example", "name": "Kari Nordmann"},
        "tickets": 3,
        "tiers": [{"tier_id": other_tier(catalog), "title": "Two-day pass", "quantity": 3}],
        "total": {"amount": 6_000, "currency": "EUR"},
        "paid": {"amount": 6_000, "currency": "EUR"},
        "refunded": {"amount": 0, "currency": "EUR"},
        "placed_at": "2027-03-01T12:00:00.000Z",
        "due_at": None,
        "invoice_number": None,
        "reference": None,
        "attention": [],
        "progress": {"issued": 3, "nameless": 2, "used": 0},
    }
    gone = stage.get(path_of(catalog, "/orders"), as_=FOUNDER, query={"status": "awaiting_payment"})
    assert gone.body["items"] == []


def test_tickets_that_nobody_has_matter_once_the_event_is_near(
    stage: Api, streamed: Streamed, catalog: Catalog
) -> None:
    orders = [made(streamed, catalog, an_order(streamed, catalog, quantity=2)) for _ in range(2)]
    for number in (1, 2):
        give(streamed, orders[0], number, Holder(email="ola@polar.example", name=f"Ola {number}"))
    told(streamed, projecting(stage))

    def asked(what: str, **query: str) -> Any:
        answer = stage.get(path_of(catalog, what), as_=FOUNDER, query=query)
        assert answer.status == 200, answer.text
        return answer.body

    assert asked("/orders", attention="unassigned")["items"] == []
    assert asked("/orders", attention="any")["items"] == []
    assert asked("/summary")["attention"] == []
    stage.now = catalog.event.starts_at - NAMES_WANTED
    for attention in ("unassigned", "any"):
        [row] = asked("/orders", attention=attention)["items"]
        assert (row["id"], row["attention"]) == (orders[1].id, ["unassigned"])
    assert asked("/summary")["attention"] == [{"reason": "unassigned", "orders": 1}]

    # One ticket gets a name, the other is cancelled: nobody is looked for any more.
    give(streamed, orders[1], 1, Holder(email="ola@polar.example", name="Ola 3"))
    ticket = tickets_of(streamed, orders[1].id)[1]
    cancelled = ticket.model_copy(update={"status": TicketStatus.CANCELLED}).put()
    streamed.write(Put(cancelled.key, cancelled.item, condition=None))
    told(streamed, projecting(stage))
    assert asked("/orders", attention="any")["items"] == []
    assert asked("/summary")["attention"] == []


def changing(table: DynamoTable, catalog: Catalog, random: Random, count: int) -> list[Order]:
    """Let orders of every kind come about, and change at random."""
    kinds = ["nameless", "paid twice", *random.choices(["free", "invoice", "card", "paid twice"], k=count)]
    orders = []
    for kind in kinds:
        quantity = random.randint(1, 3)
        if kind in ("nameless", "free"):
            order = made(table, catalog, an_order(table, catalog, quantity=quantity))
            if kind == "free":
                give(table, order, 1, Holder(email="ola@polar.example", name=a_name("Ola")))
        else:
            method = "invoice" if kind == "invoice" else "card"
            tier_id = other_tier(catalog)
            order = an_order(table, catalog, tier_id=tier_id, quantity=quantity, method=method)
        if kind == "card" and random.random() < 0.7:
            settle_card(table, order, a_page(order), NOW)
        if kind == "paid twice":
            settle_card(table, order, a_page(order, session_id="cs_other"), NOW)
            order = take_misfit(table, load_order(table, order.id), actor="boss", note="", now=NOW)
            order = settle_card(table, order, a_page(order, reference="pi_2"), NOW)
            made(table, catalog, order)
        if random.random() < 0.3:
            order = load_order(table, order.id)
            table.write(order.then("system", "bounced", NOW, mail_bounced=True).over(order))
        orders.append(load_order(table, order.id))
    return orders


@pytest.mark.parametrize("seed", [1, 2])
def test_the_summary_equals_the_list_by_status_method_and_reason_to_the_cent(
    stage: Api, streamed: Streamed, catalog: Catalog, seed: int
) -> None:
    orders = changing(streamed, catalog, Random(seed), 8)
    told(streamed, projecting(stage), times=2)

    counts = streamed.get(keys.summary(catalog.event.id)) or {}
    summary = summary_of(counts, "EUR", names_wanted=True)
    rows = listed(streamed, catalog, now=NEAR)
    assert sorted(ids(rows)) == sorted(ids(orders))
    for cell in summary.by:
        same = listed(streamed, catalog, now=NEAR, status=cell.status, method=cell.method)
        assert cell.orders == len(same)
        assert cell.tickets == sum(row.tickets for row in same)
        assert cell.amount.amount == sum(row.total for row in same)
    assert sum(cell.orders for cell in summary.by) == len(rows)
    assert summary.paid.amount == sum(row.paid for row in rows)
    progress = Counter(issued=0, nameless=0)
    for row in rows:
        progress.update(issued=row.issued, nameless=row.nameless)
    assert (summary.issued, summary.nameless) == (progress["issued"], progress["nameless"])
    told_of = {one.reason: one.orders for one in summary.attention}
    assert told_of == {
        reason: len(found)
        for reason in Attention
        if (found := listed(streamed, catalog, now=NEAR, attention=reason))
    }
    assert told_of.keys() >= {Attention.UNASSIGNED, Attention.SECOND_PAYMENT}


# --- records ----------------------------------------------------------------------------------------------


def test_the_list_is_what_orders_are_now_however_their_records_come(
    stage: Api, streamed: Streamed, catalog: Catalog
) -> None:
    random = Random(3)
    orders = changing(streamed, catalog, random, 4)
    records = let_through(streamed.records)
    random.shuffle(records)
    project = projecting(stage)
    start = 0
    while start < len(records):
        size = random.randrange(1, 25)
        assert deliver(lambda event, _: stage.invoke("project", event), records[start : start + size]) == []
        start += size

    assert stored(streamed, catalog).keys() == places_of(streamed, orders)
    before = stored(streamed, catalog)
    project(records[:20])  # older ones, once more
    assert stored(streamed, catalog) == before


def moved(table: DynamoTable, order: Order) -> None:
    """Let an order be fulfilled and renamed, and its rows follow, in between."""
    read = load_order(table, order.id)
    after = read.then("system", "made", NOW, status=OrderStatus.FULFILLED, buyer=a_buyer(name="Berit Erased"))
    table.write(after.over(read))
    relist(table, {order.id: None})


def test_a_worker_that_was_overtaken_writes_what_is_so_now(table: DynamoTable, catalog: Catalog) -> None:
    order = written(table, catalog, 1)

    relist(Meanwhile(table, lambda: moved(table, order), "ORDERS#"), {order.id: None})

    assert stored(table, catalog).keys() == places_of(table, [order])
    assert ids(listed(table, catalog, status="fulfilled")) == [order.id]


def test_without_the_version_of_its_row_an_order_would_stand_where_it_was(
    table: DynamoTable, catalog: Catalog
) -> None:
    order = written(table, catalog, 1)

    relist(Meanwhile(table, lambda: moved(table, order), "ORDERS#", loose="ORDERS#"), {order.id: None})

    assert ids(listed(table, catalog, status="awaiting_payment")) == [order.id]
    assert stored(table, catalog).keys() != places_of(table, [order])


def test_an_installation_that_has_orders_is_listed_once(table: DynamoTable, catalog: Catalog) -> None:
    orders = [made(table, catalog, an_order(table, catalog)) for _ in range(3)]
    former = Put(Key(keys.former_order_words(catalog.event.id, 0), f"kari#{orders[0].id}"), {"kind": "word"})
    table.write(former)

    assert relist_event(table, catalog.event) == 3
    assert relist_event(table, catalog.event) == 0
    assert stored(table, catalog).keys() == places_of(table, orders)
    assert table.get(former.key) is None


def test_an_order_of_fifty_tiers_and_many_words_is_listed(table: DynamoTable, catalog: Catalog) -> None:
    [line] = a_card_order().lines
    lines = [line.model_copy(update={"tier_id": f"tier-{number}", "quantity": 1}) for number in range(50)]
    name = " ".join(chr(ord("a") + number) for number in range(26)) * 2
    order = written(table, catalog, 1, lines=lines, buyer=a_buyer(name=name), mail_bounced=True)

    relist(table, {order.id: None})

    assert stored(table, catalog).keys() == places_of(table, [order])
