"""Histories of a hall: whatever happens in whatever order, each seat is one ticket's, and both say so."""

from collections.abc import Iterator
from random import Random

import pytest

from admit.aws.table import DynamoTable
from admit.orders.order import OrderStatus
from tests.engine.seats import said, seat_ids, seated_till
from tests.engine.test_seats import move, picked
from tests.engine.till import PRICE, Json, Opened, Till, euro, tills

ROWS, SEATS, STEPS = 2, 6, 40


@pytest.fixture
def opened(table: DynamoTable) -> Iterator[Opened]:
    with tills(table) as opened:
        yield opened


class History:
    """Random things that buyers and the organizer do in a small hall."""

    def __init__(self, till: Till, random: Random) -> None:
        self.till = till
        self.random = random
        self.orders: list[Json] = []
        self.refused = 0

    def step(self) -> None:
        self.random.choice(
            [self.pick, self.pick, self.take_the_best, self.cancel, self.cancel_one, self.wait, self.exchange]
        )()

    def pick(self) -> None:
        size = self.random.randint(1, 4)
        row, first = self.random.randint(1, ROWS), self.random.randint(1, SEATS + 1 - size)
        seats = [f"hall-{row}-{first + at}" for at in range(size)]
        self._placed(size, lines=picked(self.till, *seats)["lines"])

    def take_the_best(self) -> None:
        self._placed(self.random.randint(1, 4))

    def _placed(self, size: int, **fields: object) -> None:
        answer = self.till.place(size, "card", total=euro(PRICE * size), **fields)
        assert answer.status in (201, 409), answer.text
        if answer.status == 409:
            assert answer.body["code"] in ("seat_taken", "sold_out")
            self.refused += 1
            return
        order = dict(answer.body)
        self.orders.append(order)
        if self.random.random() < 0.5:
            self.till.pay(order)
            self.till.issue(order)

    def cancel(self) -> None:
        if self.orders:
            self.till.act(self.random.choice(self.orders), "cancel", {})

    def cancel_one(self) -> None:
        fulfilled = self._fulfilled()
        if fulfilled:
            order = self.random.choice(fulfilled)
            number = self.random.choice(self.till.order(order).numbers)
            self.till.did(order, "cancel", {"tickets": [number]})

    def wait(self) -> None:
        self.till.goes_on(minutes=11)
        self.till.sweep()

    def exchange(self) -> None:
        """Move a ticket to where another is, which takes the seat that is left."""
        fulfilled = self._fulfilled()
        if len(fulfilled) > 1:
            one, other = (self.till.order(order) for order in self.random.sample(fulfilled, 2))
            a, b = self.random.choice(one.seats), self.random.choice(other.seats)
            move(
                self.till,
                (f"{one.id}-{a.ticket}", b.place.id),
                (f"{other.id}-{b.ticket}", a.place.id),
            )

    def _fulfilled(self) -> list[Json]:
        return [order for order in self.orders if self.till.order(order).status is OrderStatus.FULFILLED]

    def holds(self) -> None:
        """Compare the rows with the orders, and the tickets with both."""
        live = [order for order in map(self.till.order, self.orders) if order.live]
        expected = {claim.place.id: f"{order.id}-{claim.ticket}" for order in live for claim in order.seats}
        assert said(self.till.table, self.till.event_id) == expected
        assert sum(len(seat_ids(order)) for order in live) == len(expected)
        assert all(len(order.seats) == order.tickets for order in live)
        for order in self._fulfilled():
            seats = {claim.ticket: claim.place for claim in self.till.order(order).seats}
            valid = {
                ticket.number: ticket.seat for ticket in self.till.tickets(order) if ticket.status == "valid"
            }
            assert valid == seats


@pytest.mark.parametrize("seed", range(3))
def test_after_every_step_rows_orders_and_tickets_agree(opened: Opened, seed: int) -> None:
    history = History(seated_till(opened(), rows=ROWS, seats=SEATS), Random(seed))
    for _ in range(STEPS):
        history.step()
        history.holds()
    assert history.refused > 0
    assert history.till.drifts() == []
