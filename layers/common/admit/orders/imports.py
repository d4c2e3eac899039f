"""Importing orders, and the one way by which imports of every kind are begun and worked off.

An imported order is settled at once: the stream makes its tickets as it makes all others. Its id comes from
its reference in the other system, so that the same row meets its own order, and it claims as any order does.

Sources of the other systems' columns and statuses:
pretix, export "Order data", its "Order positions": github.com/pretix/pretix,
src/pretix/base/exporters/orderlist.py (`iterate_positions`).
Eventbrite, attendee report (its header: github.com/rherardi/eb2ez, README.md), and the attendee list that has
followed it (Order ID, Ticket Price, Buyer Email); statuses:
https://www.eventbrite.se/help/sv/articles/291888/glossary-of-order-and-attendee-statuses-in-event-reports/
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from random import Random
from typing import Annotated, Any, NamedTuple

from pydantic import Field, StringConstraints

from admit import keys
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.event import Event, EventStatus, InvoicePolicy
from admit.catalog.imports import (
    Apply,
    Cells,
    Entry,
    ImportFormat,
    ImportKind,
    ImportRequest,
    find_tier,
    read_tiers,
    read_whitelist,
    refused,
    tier_importer,
    whitelist_importer,
)
from admit.catalog.price import PaymentMethod
from admit.catalog.tier import Tier
from admit.clock import Clock, Instant
from admit.errors import AdmitError, IdempotencyConflict, NotReady, SoldOut, Unavailable
from admit.ids import derived_id, order_id, shard_of
from admit.job import (
    MOST_FAULTS,
    Job,
    Outcome,
    RowFault,
    RowStatus,
    create_job,
    fail,
    job_body,
    load_job,
    work_off,
)
from admit.model import ONE_LINE, Shape, request_hash
from admit.money import MOST_CHARGED
from admit.orders.ledger import Account, Cause, Movement
from admit.orders.order import Buyer, Moment, Order, OrderLine, OrderStatus, Source
from admit.orders.place import Draft, place, wanted_by_lines
from admit.orders.price import MOST_TICKETS
from admit.orders.seats import with_seats
from admit.people.person import HolderDetails
from admit.seating.maps import SeatMaps
from admit.sheet import Column, Sheet, read_sheet
from admit.stock.stock import left_in
from admit.store import Table


class Standing(Enum):
    """What the other system says of a ticket."""

    PAID = "paid"
    UNPAID = "unpaid"
    ENDED = "ended"


class OrderFormat(NamedTuple):
    columns: Sequence[Column]
    standings: Mapping[str, Standing]


_ENDED = dict.fromkeys(["cancelled", "canceled", "refunded", "refunded/canceled", "expired"], Standing.ENDED)
FORMATS = {
    ImportFormat.ADMIT: OrderFormat(
        [
            Column("reference", ("reference",), required=True),
            Column("buyer_email", ("email",), required=True),
            Column("tier", ("tier",), required=True),
            Column("price", ("price",), required=True),
            Column("buyer_name", ("name",)),
            Column("buyer_phone", ("phone",)),
            Column("quantity", ("quantity",)),
            Column("status", ("status",)),
            Column("attendee_email", ("attendee_email",)),
            Column("attendee_name", ("attendee_name",)),
            Column("attendee_company", ("attendee_company",)),
            Column("attendee_title", ("attendee_title",)),
        ],
        {"": Standing.PAID, "paid": Standing.PAID, "unpaid": Standing.UNPAID, **_ENDED},
    ),
    ImportFormat.PRETIX: OrderFormat(
        [
            Column("reference", ("Order code",), required=True),
            Column("status", ("Status",), required=True),
            Column("buyer_email", ("Email", "E-mail"), required=True),
            Column("tier", ("Product",), required=True),
            Column("price", ("Price",), required=True),
            Column("variation", ("Variation",)),
            Column("buyer_name", ("Invoice address name",)),
            Column("buyer_phone", ("Phone number",)),
            Column("attendee_name", ("Attendee name",)),
            Column("attendee_email", ("Attendee email", "Attendee e-mail")),
            Column("attendee_company", ("Company",)),
        ],
        {"paid": Standing.PAID, "pending": Standing.UNPAID, **_ENDED},
    ),
    ImportFormat.EVENTBRITE: OrderFormat(
        [
            Column("reference", ("Order #", "Order no.", "Order ID"), required=True),
            Column("attendee_email", ("Email", "Email Address"), required=True),
            Column("tier", ("Ticket Type",), required=True),
            Column("status", ("Attendee Status",), required=True),
            Column("total", ("Total Paid",)),
            Column("price", ("Ticket Price",)),
            Column("currency", ("Currency",)),
            Column("quantity", ("Quantity", "Ticket Quantity")),
            Column("attendee_first_name", ("First Name",)),
            Column("attendee_last_name", ("Last Name", "Surname")),
            Column("attendee_company", ("Company",)),
            Column("attendee_title", ("Job Title",)),
            Column("buyer_email", ("Buyer Email",)),
            Column("buyer_first_name", ("Buyer First Name",)),
            Column("buyer_last_name", ("Buyer Last Name", "Buyer Surname")),
            Column("buyer_phone", ("Mobile Phone", "Cell Phone")),
        ],
        {
            **dict.fromkeys(["attending", "checked in"], Standing.PAID),
            **dict.fromkeys(["unpaid", "pending"], Standing.UNPAID),
            **dict.fromkeys(["not attending", "deleted", "transferred"], Standing.ENDED),
            **_ENDED,
        },
    ),
}


class WantedTicket(Shape):
    tiers: list[str]
    """Names that its tier may have, the best first."""
    unit: int
    holder: HolderDetails | None


class WantedOrder(Shape):
    """An order as a file tells it: what makes it the same order when it comes again."""

    reference: Annotated[str, StringConstraints(min_length=1, max_length=120), ONE_LINE]
    buyer: Buyer
    paid: bool
    tickets: Annotated[list[WantedTicket], Field(max_length=MOST_TICKETS)]

    @property
    def total(self) -> int:
        return sum(ticket.unit for ticket in self.tickets)


# --- begin, and go on -------------------------------------------------------------------------------------


def start_import(
    table: Table, catalog: Catalog, request: ImportRequest, key: str, *, created_by: str, now: Instant
) -> Job:
    """Check a file as a whole and store the job that imports it, or find it stored by an earlier try.

    Raises Invalid, NotFound, NotReady, IdempotencyConflict.
    """
    event = catalog.event
    identifier = derived_id("job", event.id, key)
    stored = table.get(keys.job(identifier))
    if stored is not None:
        if stored["request_hash"] != request_hash(request):
            raise IdempotencyConflict
        return Job.of(stored)
    sheet, entries = _read(request, catalog)
    job = Job(
        id=identifier,
        work=f"import_{request.kind}",
        organizer_id=event.organizer_id,
        event_id=event.id,
        dry_run=request.dry_run,
        created_by=created_by,
        created_at=now,
        unknown_columns=sheet.unknown,
        total=len(entries),
        request_hash=request_hash(request),
    )
    return create_job(table, job, request.model_dump_json())


def work_on(table: Table, job_id: str, *, clock: Clock, random: Random, seconds: float) -> bool:
    """Do a part of an import; say whether there is more to do. A job that has ended stays as it is."""
    job = load_job(table, job_id)
    if job.ended:
        return False
    try:
        entries, apply = _prepared(table, job, random)
    except Unavailable:
        raise
    except AdmitError as wrong:
        fail(table, job, wrong.detail, clock)
        return False
    return work_off(table, job, entries, apply, clock=clock, seconds=seconds)


def _read(request: ImportRequest, catalog: Catalog) -> tuple[Sheet, Sequence[Entry[Any]]]:
    match request.kind:
        case ImportKind.TIERS:
            return read_tiers(request, catalog.event)
        case ImportKind.WHITELIST:
            return read_whitelist(request, catalog)
        case ImportKind.ORDERS:
            return read_orders(request, catalog.event)


def _prepared(
    table: Table, job: Job, random: Random
) -> tuple[Sequence[Entry[Any]], Callable[[Entry[Any]], Outcome]]:
    request = ImportRequest.model_validate_json(job_body(table, job))
    catalog = load_catalog(table, job.event_id)
    sheet, entries = _read(request, catalog)
    importer: Apply[Any]
    match request.kind:
        case ImportKind.TIERS:
            importer = tier_importer(table, job, sheet)
        case ImportKind.WHITELIST:
            importer = whitelist_importer(table, job, request, catalog)
        case ImportKind.ORDERS:
            orders = Orders(table, catalog, job, request, sheet)
            importer = orders.rehearsal(entries) if job.dry_run else orders.importer(random)
    return entries, lambda entry: entry.outcome or importer(entry.wanted, entry.row)


# --- reading ----------------------------------------------------------------------------------------------


class _Line(NamedTuple):
    """One row of a file of orders."""

    cells: Cells
    standing: Standing
    tickets: list[WantedTicket]
    buyer: dict[str, str]


def read_orders(request: ImportRequest, event: Event) -> tuple[Sheet, list[Entry[WantedOrder]]]:
    """Read a file of orders: rows with one reference are one order, and stay out together if one is wrong.

    Raises Invalid, NotReady.
    """
    if event.status not in (EventStatus.PUBLISHED, EventStatus.CLOSED):
        raise NotReady("Publish the event before you import orders: only then it has tickets to give.")
    layout = FORMATS[request.format]
    sheet = read_sheet(request.csv, layout.columns)
    entries: list[Entry[WantedOrder]] = []
    orders: dict[str, list[_Line]] = {}
    for row in sheet.rows:
        line = _line(Cells(sheet, row), layout, event)
        reference = line.cells.text("reference")
        if line.standing is Standing.ENDED and not row.fault:
            skipped = Outcome(result=RowStatus.SKIPPED, reference=reference[:120] or None)
            entries.append(Entry(row.number, None, skipped))
        else:
            # A row without a reference belongs to no other.
            orders.setdefault(reference or f"\x00{row.number}", []).append(line)
    entries += [_entry(lines) for lines in orders.values()]
    return sheet, sorted(entries, key=lambda entry: entry.row)


def _entry(lines: list[_Line]) -> Entry[WantedOrder]:
    first = lines[0].cells
    of_attendee = first.text("attendee_email") and not first.text("buyer_email")
    email = "attendee_email" if of_attendee else "buyer_email"
    buyer = first.shape(
        Buyer,
        {"email": email, "name": "buyer_name", "phone": "buyer_phone"},
        _buyer([line.buyer for line in lines]),
    )
    faults = [fault for line in lines for fault in line.cells.faults]
    if not faults and buyer is not None:
        order = first.shape(
            WantedOrder,
            {"reference": "reference", "tickets": "quantity"},
            {
                "reference": first.text("reference"),
                "buyer": buyer,
                "paid": all(line.standing is Standing.PAID for line in lines),
                "tickets": [ticket for line in lines for ticket in line.tickets],
            },
        )
        if order is not None and order.total > MOST_CHARGED:
            first.fault("price", "is, with the other rows of this order, above what one payment can hold")
        elif order is not None:
            return Entry(first.row, order)
        faults = first.faults
    return Entry(first.row, None, refused(first.row, faults, reference=first.text("reference")))


def _line(cells: Cells, layout: OrderFormat, event: Event) -> _Line:
    standing = layout.standings.get(cells.text("status").casefold())
    if standing is None:
        known = ", ".join(name for name in layout.standings if name)
        cells.fault("status", f"is not known; it may be: {known}")
    if standing is Standing.ENDED:
        return _Line(cells, Standing.ENDED, [], {})
    if not cells.text("reference"):
        cells.fault("reference", "is empty; each row names its order")
    if cells.text("currency") not in ("", event.currency):
        cells.fault("currency", f"must be the event's, {event.currency}")
    attendee = _person(cells, "attendee")
    buyer = _person(cells, "buyer")
    email = buyer.get("email") or attendee.get("email", "")
    holder = _holder(cells, attendee, email)
    units = list(_units(cells, event.currency))
    tickets = [WantedTicket(tiers=_tier_names(cells), unit=unit, holder=holder) for unit in units]
    name = buyer.get("name") or attendee.get("name") or email
    phone = cells.text("buyer_phone")
    written = {"email": email, "name": name, **({"phone": phone} if phone else {})}
    return _Line(cells, standing or Standing.PAID, tickets, written)


def _person(cells: Cells, who: str) -> dict[str, str]:
    parts = [cells.text(f"{who}_first_name"), cells.text(f"{who}_last_name")]
    fields = {
        "email": cells.text(f"{who}_email"),
        "name": cells.text(f"{who}_name") or " ".join(filter(None, parts)),
        "company": cells.text(f"{who}_company"),
        "title": cells.text(f"{who}_title"),
    }
    return {name: text for name, text in fields.items() if text}


def _buyer(written: Sequence[dict[str, str]]) -> dict[str, str]:
    """Return the first buyer whose address is given: the rows of an order say the same, or nothing."""
    return next((buyer for buyer in written if buyer.get("email")), written[0])


def _holder(cells: Cells, attendee: dict[str, str], buyer_email: str) -> HolderDetails | None:
    """Return who attends; somebody without an address is reached through the buyer."""
    if "name" not in attendee and "email" not in attendee:
        return None
    email = attendee.get("email", buyer_email)
    columns = {field: f"attendee_{field}" for field in ("email", "name", "company", "title")}
    return cells.shape(HolderDetails, columns, {"name": email, **attendee, "email": email})


def _tier_names(cells: Cells) -> list[str]:
    product, variation = cells.text("tier"), cells.text("variation")
    both = [f"{product} – {variation}", f"{product} - {variation}"] if variation else []  # noqa: RUF001
    return [*both, product]


def _units(cells: Cells, currency: str) -> Iterator[int]:
    """Yield what each ticket of a row costs; a total is split so that nothing is lost or added."""
    quantity = cells.whole("quantity")
    if quantity is None:
        quantity = 1
    if not 1 <= quantity <= MOST_TICKETS:
        cells.fault("quantity", f"must be from 1 to {MOST_TICKETS}")
        return
    if not cells.text("tier"):
        cells.fault("tier", "is empty; name the tier by its title or external id")
    total, price = cells.amount("total", currency), cells.amount("price", currency)
    if total is None and price is None:
        column = "total" if cells.text("total") else "price"
        if not cells.faults:
            cells.fault(column, "is empty; write 0 for a free ticket")
    elif total is not None:
        base, rest = divmod(total, quantity)
        yield from (base + (1 if number < rest else 0) for number in range(quantity))
    else:
        yield from (price or 0 for _ in range(quantity))


# --- importing --------------------------------------------------------------------------------------------


class Orders:
    """What the rows of one file of orders are worked off against."""

    def __init__(
        self, table: Table, catalog: Catalog, job: Job, request: ImportRequest, sheet: Sheet
    ) -> None:
        self._table = table
        self._catalog = catalog
        self._job = job
        self._request = request
        self._sheet = sheet
        self._maps = SeatMaps(table, lambda: job.created_at)

    def importer(self, random: Random) -> Apply[WantedOrder]:
        """Return what places an order, or finds it placed by an earlier import."""

        def apply(wanted: WantedOrder, row: int) -> Outcome:
            order = self._draft(wanted, row)
            if isinstance(order, Outcome):
                return order
            try:
                placed = with_seats(
                    self._maps, self._catalog, order, lambda seated: self._placed(seated, random), random
                )
            except SoldOut as sold_out:
                return self._sold_out(order, row, sold_out.detail)
            except IdempotencyConflict:
                return self._differs(order, row)
            result = RowStatus.CREATED if placed.job_id == self._job.id else RowStatus.UNCHANGED
            return Outcome(result=result, reference=placed.id)

        return apply

    def _placed(self, order: Order, random: Random) -> Order:
        wanted_units = wanted_by_lines(self._catalog, order.lines)
        return place(self._table, self._catalog, Draft(order, wanted_units, []), random)

    def rehearsal(self, entries: Sequence[Entry[WantedOrder]]) -> Apply[WantedOrder]:
        """Return what tells the outcome of each order as if those before it were placed, and writes none."""
        outcomes = dict(self._rehearse(entries))
        return lambda _, row: outcomes[row]

    def _rehearse(self, entries: Sequence[Entry[WantedOrder]]) -> Iterator[tuple[int, Outcome]]:
        drafts = [(entry.row, self._draft(entry.wanted, entry.row)) for entry in entries if entry.wanted]
        asked = [keys.order(draft.id) for _, draft in drafts if isinstance(draft, Order)]
        placed = {item["id"]: item for item in self._table.get_many(asked)}
        lines = [line for _, draft in drafts if isinstance(draft, Order) for line in draft.lines]
        left = left_in(self._table, wanted_by_lines(self._catalog, lines))
        for row, draft in drafts:
            if isinstance(draft, Outcome):
                yield row, draft
            elif draft.id in placed:
                same = placed[draft.id]["request_hash"] == draft.request_hash
                unchanged = Outcome(result=RowStatus.UNCHANGED, reference=draft.id)
                yield row, unchanged if same else self._differs(draft, row)
            else:
                wanted = wanted_by_lines(self._catalog, draft.lines)
                if any(left[stock.id] < units for stock, units in wanted.items()):
                    yield row, self._sold_out(draft, row, SoldOut.sentence)
                    continue
                for stock, units in wanted.items():
                    left[stock.id] -= units
                yield row, Outcome(result=RowStatus.WOULD_CREATE, reference=draft.id)

    def _sold_out(self, order: Order, row: int, message: str) -> Outcome:
        fault = RowFault(row=row, field=self._sheet.headers["tier"], message=message)
        return refused(row, [fault], code=SoldOut.code, reference=order.external_id or "")

    def _differs(self, order: Order, row: int) -> Outcome:
        message = (
            "was imported before with other content; change that order, or give this one another reference"
        )
        fault = RowFault(row=row, field=self._sheet.headers["reference"], message=message)
        return refused(row, [fault], code=IdempotencyConflict.code, reference=order.external_id or "")

    def _draft(self, wanted: WantedOrder, row: int) -> Order | Outcome:
        """Write up an order, or say which of its tiers the event has not."""
        found = [(ticket, find_tier(self._catalog, ticket.tiers)) for ticket in wanted.tickets]
        unknown = dict.fromkeys(ticket.tiers[-1][:80] for ticket, tier in found if tier is None)
        if unknown:
            message = "is no tier of this event; give a tier this title or external id: "
            faults = [
                RowFault(row=row, field=self._sheet.headers["tier"], message=message + name)
                for name in unknown
            ]
            return refused(row, faults[:MOST_FAULTS], reference=wanted.reference)
        lines, holders = _lines([(ticket, tier) for ticket, tier in found if tier is not None])
        event, job = self._catalog.event, self._job
        identifier = order_id(event.id, f"import\x1f{wanted.reference}")
        total = wanted.total
        method = PaymentMethod.INVOICE if total else PaymentMethod.FREE
        return Order(
            id=identifier,
            event_id=event.id,
            organizer_id=event.organizer_id,
            shard=shard_of(identifier, event.shards),
            status=OrderStatus.SETTLED,
            payment_method=method,
            invoice_policy=InvoicePolicy.ON_ISSUE if method is PaymentMethod.INVOICE else None,
            source=Source.IMPORT,
            external_id=wanted.reference,
            job_id=job.id,
            quiet=not self._request.notify,
            buyer=wanted.buyer,
            currency=event.currency,
            lines=lines,
            holders=holders if any(holders) else [],
            subtotal=total,
            discount=0,
            tax=0,
            total=total,
            placed_at=job.created_at,
            placed_on=event.day(job.created_at),
            event_ends_at=event.ends_at,
            movements=[self._payment(wanted)] if wanted.paid and total else [],
            timeline=[Moment(at=job.created_at, actor="organizer", what="imported")],
            request_hash=request_hash(wanted),
        )

    def _payment(self, wanted: WantedOrder) -> Movement:
        """Book what the system that it comes from says was paid."""
        return Movement(
            id="payment:import",
            cause=Cause.PAYMENT,
            debit=Account.BY_HAND,
            credit=Account.ORDER,
            amount=wanted.total,
            currency=self._catalog.event.currency,
            reference=f"import {wanted.reference}",
            at=self._job.created_at,
            actor="organizer",
        )


def _lines(
    tickets: Sequence[tuple[WantedTicket, Tier]],
) -> tuple[list[OrderLine], list[HolderDetails | None]]:
    """Gather tickets of one tier and price into lines; holders come in the order of the lines' tickets."""
    groups: dict[tuple[str, int], list[HolderDetails | None]] = {}
    tiers = {tier.id: tier for _, tier in tickets}
    for ticket, tier in tickets:
        groups.setdefault((tier.id, ticket.unit), []).append(ticket.holder)
    lines = []
    for (tier_id, unit), holders in groups.items():
        tier = tiers[tier_id]
        price = next((price for price in tier.prices if price.amount.amount == unit), None)
        lines.append(
            OrderLine(
                tier_id=tier.id,
                tier_title=tier.title,
                price_id=price.id if price else "imported",
                label=price.label if price else "",
                quantity=len(holders),
                unit=unit,
                discount=0,
                tax=0,
                total=unit * len(holders),
                offers=tier.offers,
            )
        )
    return lines, [holder for holders in groups.values() for holder in holders]
