"""What an event asks with an order: told when it is placed, and for the rest until the event ends."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from admit.catalog.answers import (
    agreements,
    asked,
    missing,
    review_answers,
)
from admit.catalog.catalog import Catalog
from admit.catalog.question import Answer, Answers, AskedAt, AskedOf, Question
from admit.errors import Fault, Invalid, WrongState
from admit.model import Shape
from admit.orders.change import change
from admit.orders.order import Order
from admit.orders.price import LineRequest
from admit.people.person import Consent, HolderDetails, agreed
from admit.store import Table


class AnswersRequest(Shape):
    """Answers by question; what is left out stays as it is, null takes an answer back."""

    answers: Answers


class Told(NamedTuple):
    """What was told with the lines of an order, and everything that is wrong with it."""

    answers: dict[str, Answer]
    consents: dict[str, Consent]
    holders: list[HolderDetails | None]
    faults: list[Fault]

    @property
    def kept(self) -> dict[str, Any]:
        """What the order keeps of it."""
        return {"answers": self.answers, "consents": self.consents, "holders": self.holders}


def tell(
    catalog: Catalog,
    lines: Sequence[LineRequest],
    answers: Mapping[str, Answer | None],
    *,
    when: AskedAt | None,
    now: datetime,
) -> Told:
    """Look at what is answered with an order, for itself and for those who attend.

    Without `when` nothing is required. Who is asked something when tickets are ordered must be named then.
    """
    tier_ids = {line.tier_id for line in lines}
    review = review_answers(catalog, AskedOf.ORDER, answers, tier_ids=tier_ids, when=when)
    faults = list(review.faults)
    holders: list[HolderDetails | None] = []
    for at, line in enumerate(lines):
        told = _holders_of(catalog, line, when, field=f"lines[{at}].holders")
        holders += told.holders
        faults += told.faults
    agreement = agreements(catalog, AskedOf.ORDER, review.answers)
    return Told(review.answers, agreed({}, agreement, now), holders if any(holders) else [], faults)


class _Named(NamedTuple):
    """Who attends with the tickets of a line, one entry each, and what is wrong with that."""

    holders: list[HolderDetails | None]
    faults: list[Fault]


def _holders_of(catalog: Catalog, line: LineRequest, when: AskedAt | None, field: str) -> _Named:
    holders: list[HolderDetails | None] = []
    faults: list[Fault] = []
    for at, details in enumerate(line.holders):
        if details is None:
            holders.append(None)
            continue
        review = review_answers(
            catalog,
            AskedOf.ATTENDEE,
            details.answers,
            tier_ids=[line.tier_id],
            when=when,
            field=f"{field}[{at}].answers",
        )
        holders.append(details.model_copy(update={"answers": review.answers}))
        faults += review.faults
    unnamed = line.quantity - sum(holder is not None for holder in holders)
    if len(holders) > line.quantity:
        faults.append(Fault(field, "are more than the tickets of this line"))
    elif unnamed and when is not None and _asks_attendees(catalog, line.tier_id, when):
        faults.append(Fault(field, "must name everybody who attends: something is asked of them now"))
    return _Named([*holders, *[None] * (line.quantity - len(holders))], faults)


def _asks_attendees(catalog: Catalog, tier_id: str, when: AskedAt) -> bool:
    return bool(missing(catalog, AskedOf.ATTENDEE, {}, tier_ids=[tier_id], when=when))


def answer_later(
    table: Table, catalog: Catalog, order: Order, request: AnswersRequest, *, now: datetime
) -> Order:
    """Answer what an order is asked later, and what is still open; the same again changes nothing.

    What was answered when it was placed stays. Raises Invalid, WrongState once the order or the event has
    ended, Contention.
    """

    def decide(order: Order) -> Order:
        if not order.live:
            raise WrongState(f"This order is {order.status}.")
        if now >= catalog.event.ends_at:
            raise WrongState("The event is over; its questions are closed.")
        review = review_answers(
            catalog,
            AskedOf.ORDER,
            request.answers,
            tier_ids=_tier_ids(order),
            when=AskedAt.LATER,
            earlier=order.answers,
        )
        settled = [
            Fault(f"answers.{question.id}", "was answered with the order and stays so")
            for question in _settled(catalog, order)
            if review.answers.get(question.id) != order.answers[question.id]
        ]
        if settled or review.faults:
            raise Invalid(faults=[*review.faults, *settled])
        agreement = agreements(catalog, AskedOf.ORDER, review.answers)
        consents = agreed(order.consents, agreement, now)
        return order.model_copy(update={"answers": review.answers, "consents": consents})

    return change(table, order, decide)


def open_questions(catalog: Catalog, order: Order, now: datetime) -> list[Question]:
    """Return what the buyer may still answer or change, in order."""
    if not order.live or now >= catalog.event.ends_at:
        return []
    settled = {question.id for question in _settled(catalog, order)}
    return [one for one in asked(catalog, AskedOf.ORDER, _tier_ids(order)) if one.id not in settled]


def unanswered(catalog: Catalog, order: Order) -> list[Question]:
    """Return the required questions of an order that wait for an answer, in order."""
    return missing(catalog, AskedOf.ORDER, order.answers, tier_ids=_tier_ids(order))


def _settled(catalog: Catalog, order: Order) -> list[Question]:
    """Return what was answered when the order was placed."""
    return [
        question
        for question in asked(catalog, AskedOf.ORDER, _tier_ids(order))
        if question.asked_at is AskedAt.PURCHASE and question.id in order.answers
    ]


def _tier_ids(order: Order) -> set[str]:
    return {line.tier_id for line in order.lines}
