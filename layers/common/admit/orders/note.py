"""What an organizer writes on an order for his own side: notes, and reasons to look at it that he sets aside.

Neither is ever shown to the buyer. A reason that is set aside is as true as before and stays in the timeline;
it only asks for nobody's attention until something new of its kind happens.
"""

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from admit.errors import Conflict, WrongState
from admit.ids import digest
from admit.model import ONE_LINE, Shape
from admit.orders.change import change
from admit.orders.order import Attention, Order, SetAside
from admit.store import Table

MOST_PRIVATE = 50
"""Lines for the organizer alone that an order takes: it is read whole with each of its steps."""


class NoteRequest(Shape):
    text: Annotated[str, StringConstraints(min_length=1, max_length=1_000, strip_whitespace=True)]


class DismissRequest(Shape):
    note: Annotated[str, StringConstraints(max_length=500), ONE_LINE] = ""


def leave_note(
    table: Table, order: Order, request: NoteRequest, *, key: str, actor: str, now: datetime
) -> Order:
    """Write a note into an order's timeline, for its organizer alone; one write. A key counts once.

    Raises Conflict.
    """
    asked = digest("noted", key)[:16] if key else None

    def decide(order: Order) -> Order:
        if asked is not None and any(one.asked == asked for one in order.timeline):
            return order
        _require_room(order)
        return order.then_privately(actor, f"note: {request.text}", now, asked=asked)

    return change(table, order, decide)


def dismiss(
    table: Table, order: Order, reason: Attention, request: DismissRequest, *, actor: str, now: datetime
) -> Order:
    """Set a reason to look at an order aside, with all that it is about now; one write.

    Once more changes nothing. Raises WrongState when there is no such reason, and Conflict.
    """

    def decide(order: Order) -> Order:
        if reason not in order.matters:
            raise WrongState("This order does not ask for attention for that reason.")
        if reason not in order.attention:
            return order
        _require_room(order)
        aside = SetAside(
            reason=reason,
            about=sorted(order.matters[reason]),
            actor=actor,
            note=request.note,
            at=now,
        )
        others = [one for one in order.set_aside if one.reason is not reason]
        what = f"set aside {reason}"
        told = f"{what}: {request.note}" if request.note else what
        return order.then_privately(actor, told, now, set_aside=[*others, aside])

    return change(table, order, decide)


def _require_room(order: Order) -> None:
    if sum(one.private for one in order.timeline) >= MOST_PRIVATE:
        raise Conflict(f"An order takes {MOST_PRIVATE} notes; keep more elsewhere.")
