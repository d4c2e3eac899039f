"""Bringing the reports of an event to what its orders say, where they were not counted, or have drifted.

Orders may go on meanwhile: a count is put right only if twice the same was missing, and only over what was
found. What moves is left to the next time.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import batched

from admit import keys
from admit.catalog.catalog import load_catalog
from admit.catalog.event import Event
from admit.insight.cash import booked_worth, cash_worth
from admit.insight.counts import Counted, Counts
from admit.insight.sales import sales_worth
from admit.model import Shape
from admit.orders.listing import every_order
from admit.orders.order import Order
from admit.store import ConditionFailed, Table, Update

_SETTLES_SECONDS = 5.0
"""So long what has happened may be on its way through the stream."""
_AT_ONCE = 20
_OWN = frozenset({"pk", "sk", "kind", "event_id"})


class Recount(Shape):
    event_id: str
    counts: int
    """How many counts the reports of the event are made of."""
    righted: int
    moving: int
    """Counts that were wrong and did not stand still."""


class _Difference(Shape):
    expected: int
    found: int


def reports_worth(order: Order) -> Counts:
    """Return what an order, as it stands, has added to the reports of its event."""
    counts = sales_worth(order)
    counts.update(cash_worth(order))
    counts.update(booked_worth(order.event_id, order.currency, order.movements))
    return counts


def reported(table: Table, event_id: str) -> Counts:
    """Read all that the reports of an event are made of: two queries."""
    items = [*table.query(keys.sales(event_id)), *table.query(keys.cash(event_id))]
    return Counter(
        {
            (Counted(keys.of_item(item), item["kind"], event_id), name): int(count)
            for item in items
            for name, count in item.items()
            if name not in _OWN
        }
    )


def recount(table: Table, event_id: str, sleep: Callable[[float], None]) -> Recount:
    """Put right what the reports of an event say. Raises NotFound."""
    event = load_catalog(table, event_id).event
    first = _differences(table, event)
    sleep(_SETTLES_SECONDS)
    second = _differences(table, event)
    stable: dict[Counted, dict[str, _Difference]] = {}
    for (item, name), one in second.items():
        if one.expected != one.found and first.get((item, name)) == one:
            stable.setdefault(item, {})[name] = one
    righted = sum(
        len(some)
        for item, differences in stable.items()
        for some in batched(differences.items(), _AT_ONCE, strict=False)
        if _righted(table, item, dict(some))
    )
    wrong = sum(one.expected != one.found for one in second.values())
    return Recount(event_id=event_id, counts=len(second), righted=righted, moving=wrong - righted)


def _differences(table: Table, event: Event) -> dict[tuple[Counted, str], _Difference]:
    expected: Counts = Counter()
    for order in every_order(table, event):
        expected.update(reports_worth(order))
    found = reported(table, event.id)
    return {
        which: _Difference(expected=expected[which], found=found[which])
        for which in expected.keys() | found.keys()
    }


def _righted(table: Table, item: Counted, differences: Mapping[str, _Difference]) -> bool:
    """Put some counts of an item right; say whether they still were as they were found."""
    named = dict(enumerate(differences.items()))
    # False when one of the counts has moved since it was found.
    unmoved = " AND ".join(
        f"(#{name} = :f{at}" + ("" if one.found else f" OR attribute_not_exists(#{name})") + ")"
        for at, (name, one) in named.items()
    )
    sets = ", ".join(f"#{name} = :n{at}" for at, (name, _) in named.items())
    values: dict[str, object] = {"kind": item.kind, "event": item.event_id}
    for at, (_, one) in named.items():
        values |= {f"f{at}": one.found, f"n{at}": one.expected}
    try:
        table.write(
            Update(item.key, f"SET kind = :kind, event_id = :event, {sets}", condition=unmoved, values=values)
        )
    except ConditionFailed:
        return False
    return True
