"""Money that came too late or did not fit: the tickets are taken again, the organizer decides, or it goes
back.

Each step is one write on a condition, and each is found again by the sweep if it was cut off.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from admit.catalog.catalog import Catalog
from admit.catalog.event import EventStatus, LatePayment
from admit.errors import Invalid, LimitReached, SeatTaken, SoldOut, WrongState
from admit.orders.change import change
from admit.orders.ledger import Account, Cause, Misfit, Movement
from admit.orders.order import Order, OrderStatus, load_order
from admit.orders.place import refused_short
from admit.orders.refund import pay_back
from admit.orders.seats import refused_seats, unpicked, with_seats
from admit.seating.maps import SeatMaps
from admit.seating.seat import hold
from admit.stock.acquire import Short, TooManyWrites, acquire
from admit.stock.claim import Claim, demand
from admit.stock.stock import Stock
from admit.store import Contention, Table, TransactionRefused, Write

_ATTEMPTS = 20


class _Overtaken(Exception):
    """Somebody else has changed the order since it was read."""


def decide_late(table: Table, catalog: Catalog, order: Order, now: datetime, random: Random) -> Order:
    """Do with late money what the event says: take the tickets again, ask the organizer, or send it back.

    Only an order that ended for want of money is taken up again; who cancelled or was declined gets it back.
    The organizer is asked for as long as the event says; then it goes back.
    """
    if order.decide_by is None or order.decide_by > now:
        return order
    if Misfit.LATE not in order.misfits:
        return change(table, order, _decided)
    event = catalog.event
    gone = order.status is not OrderStatus.EXPIRED or event.status is EventStatus.CANCELLED
    # First it is decided on at the moment at which the last of the money came, then when the organizer's time
    # is up.
    was_asked = order.decide_by > max(one.at for one in order.payments() if one.misfit is Misfit.LATE)
    if gone or was_asked or now >= event.ends_at or event.late_payment is LatePayment.REFUND:
        return _send_back(table, order, now)
    if event.late_payment in (LatePayment.SAME_SEATS, LatePayment.SAME_TIER):
        try:
            return take_again(table, catalog, order, actor="system", now=now, random=random)
        except (SoldOut, LimitReached, WrongState, Invalid):
            order = load_order(table, order.id)

    def ask(order: Order) -> Order:
        if order.decide_by is None or Misfit.LATE not in order.misfits:
            return order
        until = now + timedelta(hours=event.late_payment_hours)
        return order.then("system", "the organizer is asked", now, decide_by=until)

    return change(table, order, ask)


def _decided(order: Order) -> Order:
    """Return the order with nothing to be decided any more, if its late money has gone back."""
    return order if Misfit.LATE in order.misfits else order.model_copy(update={"decide_by": None})


def take_again(
    table: Table, catalog: Catalog, order: Order, *, actor: str, now: datetime, random: Random
) -> Order:
    """Give the tickets of an expired order for the money that came too late, if all of them are there.

    When somebody else was quicker, it decides anew on what the order is then. Raises SoldOut, LimitReached,
    WrongState (also when the money is not what the order costs), Contention.
    """
    for _ in range(_ATTEMPTS):
        try:
            return _take_up(table, catalog, order, actor=actor, now=now, random=random)
        except _Overtaken:
            order = load_order(table, order.id)
    raise Contention


def _take_up(
    table: Table, catalog: Catalog, order: Order, *, actor: str, now: datetime, random: Random
) -> Order:
    """Take up an expired order as it was read. Raises as `take_again` does, and _Overtaken."""
    late = [one for one in order.payments() if one.misfit is Misfit.LATE]
    if order.status is not OrderStatus.EXPIRED or not late or Misfit.LATE not in order.misfits:
        raise WrongState("There is no late money that this order could be taken up with.")
    if catalog.event.status is EventStatus.CANCELLED or now >= catalog.event.ends_at:
        raise WrongState("The event is over or cancelled; send the money back.")
    taken_up = allocated(order, late, actor, now)
    promised = sum(
        one.amount
        for one in order.refunds
        if one.open and one.source is Account.ORDER and not order.has_moved(one.booked)
    )
    if taken_up.paid - promised != order.total - order.credited:
        raise WrongState("The money is not what the order costs; send it back.")
    maps = SeatMaps(table, lambda: now)
    for seats in (order.seats, []):
        asked = unpicked(taken_up.model_copy(update={"seats": seats}))
        try:
            return with_seats(
                maps,
                catalog,
                asked,
                lambda seated: _taken_again(table, catalog, order, seated, actor, now=now, random=random),
                random,
            )
        except SeatTaken as taken:
            if actor == "system" and catalog.event.late_payment is LatePayment.SAME_SEATS:
                raise SoldOut("The seats of this order are somebody else's by now.") from taken
    raise SoldOut("There are not enough seats left.")


def _taken_again(
    table: Table,
    catalog: Catalog,
    order: Order,
    seated: Order,
    actor: str,
    *,
    now: datetime,
    random: Random,
) -> Order:
    """Take up an expired order with these seats. Raises as `_take_up` does, and SeatTaken."""
    wanted = _wanted(catalog, order)

    def compose(claims: Sequence[Claim]) -> list[Write]:
        again = seated.then(
            actor,
            "taken up again",
            now,
            status=OrderStatus.SETTLED,
            claims=list(claims),
            decide_by=None,
        )
        holds = hold(order.event_id, order.id, seated.seats, now)
        return [again.over(order), *holds, *(allowance.take() for allowance in order.allowances)]

    try:
        acquire(table, wanted, compose, random)
    except Short as short:
        raise refused_short(catalog, order.lines, short.stock_id) from short
    except TooManyWrites as exc:
        raise SoldOut("What is left lies in too many crumbs for this order.") from exc
    except TransactionRefused as refused:
        if 0 in refused.failed:
            raise _Overtaken from refused
        rows = [item for item in refused.failed.values() if item and item["kind"] == "seat_row"]
        if rows:
            raise refused_seats(order, seated.seats, rows) from refused
        raise LimitReached("This guest has other tickets by now, as many as one may have.") from refused
    return load_order(table, order.id)


def take_misfit(table: Table, order: Order, *, actor: str, note: str, now: datetime) -> Order:
    """Take money that does not fit an order for it all the same, on the organizer's word; it then settles.

    Raises WrongState.
    """

    def decide(order: Order) -> Order:
        misfits = [
            one
            for one in order.payments()
            if one.misfit is Misfit.MISMATCH and one.currency == order.currency and order.refundable(one)
        ]
        if order.status is not OrderStatus.AWAITING_PAYMENT or not misfits or not order.misfits:
            raise WrongState("There is no money that this order could be settled with.")
        what = f"the payment is taken for the order: {note}" if note else "the payment is taken for the order"
        taken = allocated(order, misfits, actor, now)
        credited = order.credited + max(0, taken.owed - taken.paid)
        return taken.then(actor, what, now, credited=credited).settled_if_paid()

    return change(table, order, decide)


def allocated(order: Order, payments: Sequence[Movement], actor: str, now: datetime) -> Order:
    """Return the order with what of these payments has not gone back brought to it."""
    for payment in payments:
        amount = order.refundable(payment)
        if amount and not order.has_moved(f"{payment.id}:allocated"):
            order = order.with_movement(
                Movement(
                    id=f"{payment.id}:allocated",
                    cause=Cause.ALLOCATION,
                    debit=Account.UNALLOCATED,
                    credit=Account.ORDER,
                    amount=amount,
                    currency=payment.currency,
                    reference=payment.reference,
                    at=now,
                    actor=actor,
                )
            )
    return order


def _send_back(table: Table, order: Order, now: datetime) -> Order:
    def decide(order: Order) -> Order:
        if order.decide_by is None:
            return order
        told = order.then("system", "late money goes back", now, decide_by=None)
        late = [one for one in order.payments() if one.misfit is Misfit.LATE]
        if not any(order.refundable(payment) for payment in late):
            return told
        return pay_back(told, None, actor="system", note="paid late", now=now, source=Account.UNALLOCATED)

    return change(table, order, decide)


def _wanted(catalog: Catalog, order: Order) -> dict[Stock, int]:
    """Return what the order had claimed, of the stocks as they are now. Raises WrongState."""
    units = demand((claim.stock_id, claim.units) for claim in order.claims)
    stocks = {stock.id: stock for stock in catalog.all_limits()}
    if units.keys() - stocks.keys():
        raise WrongState("Tickets of this order are not sold any more; send the money back.")
    return {stocks[stock_id]: n for stock_id, n in units.items()}
