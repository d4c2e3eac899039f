"""Changing an order: the next one is made of the one that was read, and written if nobody was quicker."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from admit.errors import NotFound
from admit.orders.order import Order
from admit.store import ConditionFailed, Contention, Item, Table, TransactionRefused, Write

_ATTEMPTS = 20


class Changed(NamedTuple):
    """An order as it shall be, and what is written in the same transaction."""

    order: Order
    also: Sequence[Write] = ()


def change(table: Table, order: Order, decide: Callable[[Order], Order | Changed]) -> Order:
    """Write what `decide` makes of an order and return it; one write, or one transaction with more of them.

    When somebody else was quicker, it decides anew on what the order is then, so it must look at all that
    matters. An order that it returns unchanged is not written. Raises what `decide` raises, Contention, and
    TransactionRefused when another write of its transaction was refused (the order's index is 0).
    """
    for _ in range(_ATTEMPTS):
        decided = decide(order)
        after, also = decided if isinstance(decided, Changed) else (decided, ())
        if after == order and not also:
            return order
        try:
            if not also:
                return Order.of(table.write(after.over(order)))
            table.transact([after.over(order), *also])
        except ConditionFailed as failed:
            order = _present(failed.old)
        except TransactionRefused as refused:
            if 0 not in refused.failed:
                raise
            order = _present(refused.failed[0])
        else:
            return after.model_copy(update={"revision": order.revision + 1})
    raise Contention


def _present(item: Item | None) -> Order:
    if item is None:
        raise NotFound("There is no such order.")
    return Order.of(item)
