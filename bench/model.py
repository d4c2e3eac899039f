"""How many orders a second a stock takes: a model of DynamoDB's transactions, in simulated time.

An order is one TransactWriteItems over its own item, which nobody else writes, a shard of the tier's stock
and, where the event has a capacity, a shard of the event's stock. What slows it down:

- A partition takes 1,000 write units a second, and a shard is at best a partition of its own. A transaction
  costs an item two units, one to prepare and one to commit or cancel; over that it is throttled (Amazon
  DynamoDB Developer Guide, "Amazon DynamoDB Transactions: How it works"). A refused preparation is taken to
  cost one.
- A prepared item refuses every other transaction until it is committed or cancelled: the conflict window.
  Items are prepared side by side, so one that was prepared while another was refused stays so for the
  window as well.
- Who is refused waits and tries again as `admit.aws.table` does, and is answered 503 `busy` after the last
  try.
- Who finds a shard short reads the shards and chooses, as `admit.orders.place` does. "Sold out" needs two
  equal reads. A read takes 5 ms and is never refused.

The window is an assumption. Idziorek and others, "Distributed Transactions at Scale in Amazon DynamoDB"
(USENIX ATC 2023) describe the protocol: prepare everywhere, write the decision to a ledger, commit
everywhere; an item takes part in one transaction at a time, and others are rejected at once, not queued.
They give a transaction four times the latency of a plain write, and no milliseconds. With 2 to 4 ms for a
plain write, a transaction takes 8 to 16 ms and holds an item for about half of that, from when its own
preparation is stored to when its commit is. So 4 and 8 ms are likely, 2 ms is kind. (DeBrie, "DynamoDB
Transactions Performance Testing", saw medians of 7.6 ms for a put and 25 ms for a transaction of five
items, the way there and back included.)
"""

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from random import Random
from statistics import median, quantiles
from typing import NamedTuple

from admit.aws.table import _FIRST_PAUSE, _LONGEST_PAUSE, _RETRIES

TARGET = 5_000
"""Orders a second for a tier of 100,000 tickets."""
UNITS_A_SECOND = 1_000
WINDOWS = (0.002, 0.004, 0.008)
SHARDS = (1, 2, 4, 8, 16, 32, 64, 96)
SECONDS_OF_SALE = 10
_READING = 0.005
_ATTEMPTS = 12
_WARMING = 1.0
_MOST_TICKETS = 4


class Policy(NamedTuple):
    retries: int = _RETRIES
    first_pause: float = _FIRST_PAUSE
    longest_pause: float = _LONGEST_PAUSE


class Case(NamedTuple):
    """What is simulated: so many seconds of orders that arrive at random."""

    shards: int
    window: float
    event_shards: int = 0
    """0: the event has no capacity."""
    same_shard: bool = False
    """Whether an order takes the shard of the same number of both stocks, as far as it can."""
    tickets: int | None = None
    """How many there are to sell, to parties of 1 to 4; None: more than can be sold."""
    offered: float = 1.5 * TARGET
    seconds: float = 2.0
    policy: Policy = Policy()


class Told(StrEnum):
    PLACED = "placed"
    BUSY = "busy"
    SOLD_OUT = "sold_out"


class Result(NamedTuple):
    per_second: float
    """Orders placed a second, once the model has warmed up."""
    busy: float
    """The share of the orders that was answered 503."""
    median_tries: float
    p95_tries: float
    sold_out: int
    left: int
    last_placed_at: float


class Ended(NamedTuple):
    arrived_at: float
    at: float
    tries: int
    told: Told


class Shard:
    """A counter on a partition of its own."""

    __slots__ = ("available", "held_until", "seen_at", "units", "version")

    def __init__(self, available: float) -> None:
        self.available = available
        self.version = 0
        self.held_until = 0.0
        self.units = float(UNITS_A_SECOND)
        self.seen_at = 0.0

    def prepare(self, taken: int, now: float) -> str:
        """Answer as a storage node does: accepted, throttled, conflict or short."""
        self.units = min(UNITS_A_SECOND, self.units + UNITS_A_SECOND * (now - self.seen_at))
        self.seen_at = now
        if self.units < 2:
            return "throttled"
        self.units -= 1
        if self.held_until > now:
            return "conflict"
        if self.available < taken:
            return "short"
        self.units -= 1
        return "accepted"


class Claim(NamedTuple):
    stock: int
    shard: int
    units: int


@dataclass(eq=False)
class Order:
    arrived_at: float
    tickets: int
    claims: list[list[Claim]]
    """By stock."""
    tries: int = 0
    attempts: int = 0


@dataclass(eq=False)
class Simulation:
    case: Case
    random: Random
    stocks: list[list[Shard]] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._agenda: list[tuple[float, int, Callable[[float], None]]] = []
        self._numbers = count()
        for shards in (self.case.shards, self.case.event_shards):
            if shards:
                self.stocks.append([Shard(self._share(nn, shards)) for nn in range(shards)])

    def run(self) -> None:
        self._at(0.0, self._arrive)
        while self._agenda:
            now, _, step = heapq.heappop(self._agenda)
            step(now)

    def _share(self, nn: int, shards: int) -> float:
        if self.case.tickets is None:
            return float("inf")
        share, rest = divmod(self.case.tickets, shards)
        return share + (1 if nn < rest else 0)

    def _at(self, when: float, step: Callable[[float], None]) -> None:
        heapq.heappush(self._agenda, (when, next(self._numbers), step))

    def _end(self, order: Order, now: float, told: Told) -> None:
        self.ended.append(Ended(order.arrived_at, now, order.tries, told))

    # --- an order -------------------------------------------------------------------------------------------

    def _arrive(self, now: float) -> None:
        if now >= self.case.seconds:
            return
        tickets = 1 if self.case.tickets is None else self.random.randint(1, _MOST_TICKETS)
        order = Order(now, tickets, self._guess(tickets, self.random.random()))
        self._attempt(order, now)
        self._at(now + self.random.expovariate(self.case.offered), self._arrive)

    def _guess(self, tickets: int, draw: float) -> list[list[Claim]]:
        """Choose a shard of each stock without looking. `draw` is from 0 to below 1."""
        return [
            [Claim(at, int((draw if self.case.same_shard else self.random.random()) * len(stock)), tickets)]
            for at, stock in enumerate(self.stocks)
        ]

    def _attempt(self, order: Order, now: float) -> None:
        order.attempts += 1
        if order.attempts > _ATTEMPTS:
            self._end(order, now, Told.BUSY)
        else:
            self._transact(order, now, retry=0)

    def _transact(self, order: Order, now: float, retry: int) -> None:
        order.tries += 1
        claims = [claim for chosen in order.claims for claim in chosen]
        shards = [self.stocks[claim.stock][claim.shard] for claim in claims]
        answers = [shard.prepare(claim.units, now) for shard, claim in zip(shards, claims, strict=True)]
        for shard, answer in zip(shards, answers, strict=True):
            if answer == "accepted":
                shard.held_until = now + self.case.window
        answered_at = now + 2 * self.case.window
        if "short" in answers:
            short = {claim.stock for claim, answer in zip(claims, answers, strict=True) if answer == "short"}
            self._look(order, sorted(short), answered_at)
        elif all(answer == "accepted" for answer in answers):
            for shard, claim in zip(shards, claims, strict=True):
                shard.available -= claim.units
                shard.version += 1
            self._end(order, answered_at, Told.PLACED)
        elif retry == self.case.policy.retries:
            self._end(order, answered_at, Told.BUSY)
        else:
            ceiling = min(self.case.policy.longest_pause, self.case.policy.first_pause * 2**retry)
            again_at = answered_at + self.random.uniform(0, ceiling)
            self._at(again_at, lambda then: self._transact(order, then, retry + 1))

    def _look(self, order: Order, short: Sequence[int], asked_at: float) -> None:
        """Read the shards until there is something to choose, or two equal reads prove sold out."""
        looked_at = range(len(self.stocks)) if self.case.same_shard else short
        before: list[list[tuple[float, int]]] = []
        reads = 0

        def seen(now: float) -> None:
            nonlocal before, reads
            reads += 1
            left = {at: [shard.available for shard in self.stocks[at]] for at in looked_at}
            if all(sum(units) >= order.tickets for units in left.values()):
                for at, chosen in self._choose(left, order.tickets).items():
                    order.claims[at] = chosen
                self._attempt(order, now)
                return
            state = [[(shard.available, shard.version) for shard in self.stocks[at]] for at in looked_at]
            if state == before:
                self._end(order, now, Told.SOLD_OUT)
            elif reads > _ATTEMPTS:
                self._end(order, now, Told.BUSY)
            else:
                before = state
                self._at(now + _READING, seen)

        self._at(asked_at + _READING, seen)

    def _choose(self, left: Mapping[int, Sequence[float]], tickets: int) -> dict[int, list[Claim]]:
        """Choose one shard of each stock that suffices, else as few as can be."""
        sufficient = {
            at: [nn for nn, has in enumerate(units) if has >= tickets] for at, units in left.items()
        }
        if self.case.same_shard and (common := set.intersection(*map(set, sufficient.values()))):
            shard = self.random.choice(sorted(common))
            return {at: [Claim(at, shard, tickets)] for at in left}
        return {
            at: [Claim(at, self.random.choice(sufficient[at]), tickets)]
            if sufficient[at]
            else _split(at, units, tickets)
            for at, units in left.items()
        }


def _split(at: int, left: Sequence[float], tickets: int) -> list[Claim]:
    claims = []
    for nn, units in sorted(enumerate(left), key=lambda entry: -entry[1]):
        taken = min(tickets, int(units))
        claims.append(Claim(at, nn, taken))
        tickets -= taken
        if tickets == 0:
            break
    return claims


class Row(NamedTuple):
    """A window and a number of shards, the tier's and the event's alike."""

    window: float
    shards: int
    tier: Result
    with_event: Result
    """The tier and the event, a shard at random of each."""
    same_shard: Result
    """The tier and the event, the shard of the same number of both."""


def throughput() -> list[Row]:
    """Return what a tier that does not run out takes, at 1.5 times the orders that are the target."""
    return [
        Row(window, shards, *(simulate(case) for case in _kinds(Case(shards, window))))
        for window in WINDOWS
        for shards in SHARDS
    ]


def sale() -> list[Row]:
    """Return how 100,000 tickets are sold to the last, at the orders a second that are the target."""
    most = SHARDS[-1]
    return [
        Row(
            window,
            most,
            *(
                simulate(case)
                for case in _kinds(
                    Case(most, window, tickets=100_000, offered=TARGET, seconds=SECONDS_OF_SALE)
                )
            ),
        )
        for window in WINDOWS
    ]


def _kinds(case: Case) -> tuple[Case, Case, Case]:
    with_event = case._replace(event_shards=case.shards)
    return case, with_event, with_event._replace(same_shard=True)


def simulate(case: Case, seed: int = 1) -> Result:
    """Run a case to its end: the orders that arrive in its seconds, and what becomes of them."""
    simulation = Simulation(case, Random(seed))
    simulation.run()
    ended = simulation.ended
    placed = [order for order in ended if order.told is Told.PLACED]
    tries = [order.tries for order in placed] + [0, 0]
    in_time = [order for order in placed if _WARMING <= order.at < case.seconds]
    arrived = [order for order in ended if order.arrived_at >= _WARMING]
    return Result(
        per_second=len(in_time) / (case.seconds - _WARMING),
        busy=sum(order.told is Told.BUSY for order in arrived) / len(arrived),
        median_tries=median(tries),
        p95_tries=round(quantiles(tries, n=20)[-1]),
        sold_out=sum(order.told is Told.SOLD_OUT for order in ended),
        left=0 if case.tickets is None else int(sum(shard.available for shard in simulation.stocks[0])),
        last_placed_at=max((order.at for order in placed), default=0.0),
    )
