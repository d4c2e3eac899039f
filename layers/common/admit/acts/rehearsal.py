"""Rehearsing: a verb runs on a table that reads through to the real one and keeps its writes to itself.

So what it would do, and what it would refuse, is found by the verb itself and by nothing that imitates it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from admit.acts.expression import holds, updated
from admit.orders.order import Order
from admit.payments.gateway import CardRefund, PageStatus, PaymentPage, RefundStatus
from admit.store import (
    ALL,
    Check,
    ConditionFailed,
    Delete,
    Found,
    Item,
    Key,
    Page,
    Put,
    Table,
    TransactionRefused,
    Update,
    Within,
    Write,
)


class Written(NamedTuple):
    """An item before and after a write of the rehearsal, None where it is not there."""

    key: Key
    before: Item | None
    after: Item | None


class Rehearsal:
    """A table as it would be. What is read by an index is as it is: that is behind in any case."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._kept: dict[Key, Item | None] = {}
        self.written: list[Written] = []

    def get(self, key: Key) -> Item | None:
        return self._kept[key] if key in self._kept else self._table.get(key)

    def get_many(self, keys: Sequence[Key]) -> list[Item]:
        elsewhere = self._table.get_many([key for key in keys if key not in self._kept])
        found = {Key(item["pk"], item["sk"]): item for item in elsewhere} | self._kept
        return [item for key in keys if (item := found.get(key)) is not None]

    def query(self, pk: str, sk_prefix: str = "") -> list[Item]:
        found = {Key(pk, item["sk"]): item for item in self._table.query(pk, sk_prefix)}
        kept = {
            key: item for key, item in self._kept.items() if key.pk == pk and key.sk.startswith(sk_prefix)
        }
        return [item for _, item in sorted((found | kept).items()) if item is not None]

    def span(self, pk: str, *, after: str, until: str, limit: int, newest_first: bool = False) -> list[Item]:
        return self._table.span(pk, after=after, until=until, limit=limit, newest_first=newest_first)

    def find(
        self,
        index: str,
        pk: str,
        *,
        limit: int,
        cursor: str | None = None,
        newest_first: bool = False,
        within: Within = ALL,
    ) -> Found:
        return self._table.find(
            index, pk, limit=limit, cursor=cursor, newest_first=newest_first, within=within
        )

    def listed(
        self,
        index: str,
        pk: str,
        *,
        limit: int,
        cursor: str | None = None,
        newest_first: bool = False,
        within: Within = ALL,
        having: str | None = None,
    ) -> Page:
        return self._table.listed(
            index, pk, limit=limit, cursor=cursor, newest_first=newest_first, within=within, having=having
        )

    def page(
        self, index: str, pk: str, *, limit: int, cursor: str | None = None, newest_first: bool = False
    ) -> Page:
        return self._table.page(index, pk, limit=limit, cursor=cursor, newest_first=newest_first)

    def write(self, write: Put | Update | Delete) -> Item:
        before = self.get(write.key)
        if not holds(write.condition, before, write.values):
            raise ConditionFailed(before)
        return self._keep(write, before) or {}

    def transact(self, writes: Sequence[Write]) -> None:
        read = [self.get(one.key) for one in writes]
        refused = {
            at: before
            for at, (one, before) in enumerate(zip(writes, read, strict=True))
            if not holds(one.condition, before, one.values)
        }
        if refused:
            raise TransactionRefused(refused)
        for one, before in zip(writes, read, strict=True):
            if not isinstance(one, Check):
                self._keep(one, before)

    def _keep(self, write: Put | Update | Delete, before: Item | None) -> Item | None:
        named = {"pk": write.key.pk, "sk": write.key.sk}
        match write:
            case Put():
                after: Item | None = {**named, **write.item}
            case Update():
                after = {**named, **updated(write.expression, before, write.values)}
            case Delete():
                after = None
        self._kept[write.key] = after
        self.written.append(Written(write.key, before, after))
        return after


class RehearsedGateway:
    """The payment provider as it usually answers; it is asked for nothing, and what would be asked is noted.

    Money that was begun to be paid is on its way, everything else is as the order says.
    """

    def __init__(self, order: Order, now: datetime) -> None:
        self._order = order
        self._now = now
        self._refunds: list[CardRefund] = []
        self.closed: list[str] = []
        """The payment pages that would be closed."""

    def expire_page(self, session_id: str) -> PaymentPage:
        order = self._order
        if not order.processing:
            self.closed.append(session_id)
        return PaymentPage(
            session_id=session_id,
            url=None,
            status=PageStatus.COMPLETE if order.processing else PageStatus.EXPIRED,
            paid=False,
            processing=order.processing,
            failed=False,
            amount=order.total,
            currency=order.currency,
            order_id=order.id,
            reference=None,
        )

    def refund(self, payment: str, amount: int, *, order_id: str, sequence: int) -> CardRefund:
        made = CardRefund(
            id=f"rehearsed-{sequence}",
            payment=payment,
            amount=amount,
            currency=self._order.currency,
            status=RefundStatus.SUCCEEDED,
            order_id=order_id,
            sequence=sequence,
            reason=None,
            created_at=self._now,
        )
        self._refunds.append(made)
        return made

    def refunds_of(self, payment: str) -> list[CardRefund]:
        return [one for one in reversed(self._refunds) if one.payment == payment]
