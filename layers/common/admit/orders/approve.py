"""Approval: an order that waits for it acquires its stock, or is declined and gives back what it holds."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Annotated

from pydantic import Field, StringConstraints

from admit.catalog.catalog import Catalog
from admit.catalog.event import EventStatus
from admit.errors import AdmitError, NotFound, SoldOut, WrongState
from admit.model import ONE_LINE, Shape
from admit.orders.order import Order, OrderStatus, load_order
from admit.orders.place import deadlines, first_status, refused_short, still_wanted
from admit.orders.release import given_back, release
from admit.orders.seats import new_seats, refused_seats, with_seats
from admit.seating.maps import SeatMaps
from admit.seating.seat import hold
from admit.stock.acquire import Short, TooManyWrites, acquire
from admit.stock.claim import Claim
from admit.store import MOST_WRITES, Table, TransactionRefused, Write

_APPROVED = frozenset({OrderStatus.AWAITING_PAYMENT, OrderStatus.SETTLED, OrderStatus.FULFILLED})


class Verdict(StrEnum):
    APPROVE = "approve"
    DECLINE = "decline"


class DecisionRequest(Shape):
    note: Annotated[str, StringConstraints(max_length=500), ONE_LINE] = ""
    """For the order's timeline, which the buyer sees."""
    other_seats: bool = False
    """Whether the best other seats are given where those that the buyer has picked are taken meanwhile."""


class Decision(DecisionRequest):
    order_id: str
    decision: Verdict


class BulkDecision(Shape):
    decisions: Annotated[list[Decision], Field(min_length=1, max_length=100)]


class Decided(Shape):
    """What became of one decision; `code` and `detail` say why nothing did."""

    order_id: str
    status: OrderStatus | None
    code: str | None = None
    detail: str | None = None


class Decisions(Shape):
    results: list[Decided]


def approve(
    table: Table,
    catalog: Catalog,
    order: Order,
    request: DecisionRequest,
    *,
    actor: str,
    now: datetime,
    random: Random,
    maps: SeatMaps | None = None,
) -> Order:
    """Approve an order: it acquires the stock and the seats that it does not hold yet, and waits for its
    payment or settles.

    Approving again changes nothing. Raises SoldOut and SeatTaken (the order goes on waiting), WrongState.
    """
    if order.status in _APPROVED:
        return order
    if order.status is not OrderStatus.AWAITING_APPROVAL:
        raise WrongState(f"This order is {order.status}; it can't be approved any more.")
    event = catalog.event
    if event.status is EventStatus.CANCELLED:
        raise WrongState("The event is cancelled.")

    def write(chosen: Order) -> Order:
        return _approved(
            table, catalog, order, chosen, actor=actor, note=request.note, now=now, random=random
        )

    maps = maps or SeatMaps(table, lambda: now)
    return with_seats(maps, catalog, order, write, random, others=request.other_seats)


def _approved(
    table: Table,
    catalog: Catalog,
    order: Order,
    seated: Order,
    *,
    actor: str,
    note: str,
    now: datetime,
    random: Random,
) -> Order:
    """Approve an order with these seats. Raises as `approve` does."""
    event = catalog.event
    status = first_status(order.invoice_policy, order.payment_method, order.total)
    pay_by = timedelta(minutes=event.approval_pay_minutes)
    terms = catalog.terms_for(order.company_id)
    also = deadlines(terms, order.payment_method, status, now, pay_by)
    seats = new_seats(order, seated)

    def compose(claims: Sequence[Claim]) -> list[Write]:
        approved = seated.then(
            actor,
            f"approved: {note}" if note else "approved",
            now,
            status=status,
            claims=[*order.claims, *claims],
            **also,
        )
        if 1 + len(given_back(approved, now)) > MOST_WRITES:
            raise TooManyWrites  # What is claimed must be given back in one transaction.
        return [approved.settled_if_paid().over(order), *hold(order.event_id, order.id, seats, now)]

    try:
        acquire(table, still_wanted(catalog, order), compose, random)
    except Short as short:
        present = load_order(table, order.id)
        if present.status in _APPROVED:
            return present
        raise refused_short(catalog, order.lines, short.stock_id) from short
    except TooManyWrites as exc:
        raise SoldOut("What is left lies in too many crumbs for this order.") from exc
    except TransactionRefused as refused:
        if 0 not in refused.failed:
            raise refused_seats(order, seats, list(refused.failed.values())) from refused
        present = Order.of(refused.failed[0] or {})
        if present.status in _APPROVED:
            return present
        raise WrongState(f"This order is {present.status} meanwhile.") from refused
    return load_order(table, order.id)


def decline(table: Table, order: Order, *, actor: str, note: str, now: datetime) -> Order:
    """Decline an order that waits for approval; what it holds goes back. Declining again changes nothing.

    Raises WrongState.
    """
    if order.status is OrderStatus.DECLINED:
        return order
    if order.status is not OrderStatus.AWAITING_APPROVAL:
        raise WrongState(f"This order is {order.status}; it can't be declined any more.")
    what = f"declined: {note}" if note else "declined"
    release(table, order, OrderStatus.DECLINED, actor=actor, what=what, now=now)
    return load_order(table, order.id)


def decide_all(
    table: Table,
    catalog: Catalog,
    bulk: BulkDecision,
    *,
    actor: str,
    now: datetime,
    random: Random,
    maps: SeatMaps | None = None,
) -> Decisions:
    """Decide on orders one after the other, in the order of the request; one that fails stops no other."""
    return Decisions(
        results=[
            _decided(table, catalog, decision, actor=actor, now=now, random=random, maps=maps)
            for decision in bulk.decisions
        ]
    )


def _decided(
    table: Table,
    catalog: Catalog,
    decision: Decision,
    *,
    actor: str,
    now: datetime,
    random: Random,
    maps: SeatMaps | None,
) -> Decided:
    try:
        order = load_order(table, decision.order_id)
        if order.event_id != catalog.event.id:
            raise NotFound("There is no such order.")
        if decision.decision is Verdict.APPROVE:
            order = approve(table, catalog, order, decision, actor=actor, now=now, random=random, maps=maps)
        else:
            order = decline(table, order, actor=actor, note=decision.note, now=now)
    except AdmitError as refused:
        return Decided(order_id=decision.order_id, status=None, code=refused.code, detail=refused.detail)
    return Decided(order_id=order.id, status=order.status)
