"""How many orders a second a stock takes: a model of DynamoDB's transactions, in simulated time.

An order is one TransactWriteItems over its own item, which nobody else writes, a shard of its tier's stock
and a shard of the event's, which is counted whether it can run out or not. What slows it down:

- A partition takes 1,000 write units a second, and a shard is at best a partition of its own. A transaction
  costs an item two units, one to prepare and one to commit or cancel; over that it is throttled (Amazon
  DynamoDB Developer Guide, "Amazon DynamoDB Transactions: How it works"). A refused preparation is taken to
  cost one.
- A prepared item refuses every other transaction until it is committed or cancelled: the conflict window.
  Items are prepared side by side, so one that was prepared while another was refused stays so for the
  window as well.
- Who is refused waits and tries again as `admit.aws.table` does, and is answered 503 `busy` after the last
  try.
- Who finds a shard short reads the shards and chooses, as `admit.stock.acquire` does. "Sold out" needs two
  equal reads. A read of a stock takes 5 ms and is never refused.

Shards are chosen as the code chooses them, all of an order at one position. The control draws the shard of
each stock alone, and after a refusal looks at the short stock only.

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
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from random import Random
from statistics import median, quantiles
from typing import NamedTuple

from admit.aws.table import _FIRST_PAUSE, _LONGEST_PAUSE, _RETRIES
from admit.stock.acquire import _ATTEMPTS, _LOOKS
from admit.stock.stock import shards_for

TARGET = 5_000
"""Orders a second for a tier of 100,000 tickets."""
LIMIT = 100_000
UNITS_A_SECOND = 1_000
WINDOWS = (0.002, 0.004, 0.008)
JUDGED_WINDOW = 0.004
LIMITS = (10_000, 30_000, LIMIT)
SECONDS_OF_SALE = 10
_READING = 0.005
_WARMING = 0.5
_MOST_TICKETS = 4


class Case(NamedTuple):
    """What is simulated: so many seconds of orders that arrive at random, each for tickets of one tier."""

    limit: int
    """The tickets of each tier."""
    window: float
    capacity: int | None = None
    """None: the event is counted, and never full."""
    tiers: int = 1
    apart: bool = False
    """The control: the shard of each stock is drawn alone."""
    runs_out: bool = False
    """Whether parties of 1 to 4 want tickets until there are none left. Else nothing ever runs out."""
    offered: float = 1.5 * TARGET
    seconds: float = 1.5


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
    """Of all tiers, when everybody has been answered."""
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


@dataclass(eq=False)
class Stock:
    shards: list[Shard]

    @classmethod
    def opened(cls, limit: int | None, *, runs_out: bool) -> "Stock":
        shards = shards_for(limit)
        if limit is None or not runs_out:
            return cls([Shard(float("inf")) for _ in range(shards)])
        share, rest = divmod(limit, shards)
        return cls([Shard(share + (1 if nn < rest else 0)) for nn in range(shards)])

    def at(self, position: float) -> Shard:
        return self.shards[int(position * len(self.shards))]

    @property
    def left(self) -> float:
        return sum(shard.available for shard in self.shards)

    @property
    def versions(self) -> list[int]:
        return [shard.version for shard in self.shards]


class Claim(NamedTuple):
    stock: Stock
    shard: Shard
    units: int


@dataclass(eq=False)
class Order:
    arrived_at: float
    tickets: int
    stocks: Sequence[Stock]
    claims: list[Claim] = field(default_factory=list)
    tries: int = 0
    attempts: int = 0
    looks: int = 0


class Simulation:
    def __init__(self, case: Case, random: Random) -> None:
        self.case = case
        self.random = random
        self.tiers = [Stock.opened(case.limit, runs_out=case.runs_out) for _ in range(case.tiers)]
        self.event = Stock.opened(case.capacity, runs_out=case.runs_out)
        self.ended: list[Ended] = []
        self._agenda: list[tuple[float, int, Callable[[float], None]]] = []
        self._numbers = count()

    def run(self) -> None:
        self._at(0.0, self._arrive)
        while self._agenda:
            now, _, step = heapq.heappop(self._agenda)
            step(now)

    def _at(self, when: float, step: Callable[[float], None]) -> None:
        heapq.heappush(self._agenda, (when, next(self._numbers), step))

    def _end(self, order: Order, now: float, told: Told) -> None:
        self.ended.append(Ended(order.arrived_at, now, order.tries, told))

    def _arrive(self, now: float) -> None:
        if now >= self.case.seconds:
            return
        tickets = self.random.randint(1, _MOST_TICKETS) if self.case.runs_out else 1
        order = Order(now, tickets, [self.random.choice(self.tiers), self.event])
        position = self.random.random()
        order.claims = [
            Claim(stock, stock.at(self.random.random() if self.case.apart else position), tickets)
            for stock in order.stocks
        ]
        self._attempt(order, now)
        self._at(now + self.random.expovariate(self.case.offered), self._arrive)

    # --- one transaction ------------------------------------------------------------------------------------

    def _attempt(self, order: Order, now: float) -> None:
        order.attempts += 1
        order.looks = 0
        if order.attempts > _ATTEMPTS:
            self._end(order, now, Told.BUSY)
        else:
            self._transact(order, now, retry=0)

    def _transact(self, order: Order, now: float, retry: int) -> None:
        order.tries += 1
        answers = [claim.shard.prepare(claim.units, now) for claim in order.claims]
        for claim, answer in zip(order.claims, answers, strict=True):
            if answer == "accepted":
                claim.shard.held_until = now + self.case.window
        answered_at = now + 2 * self.case.window
        if "short" in answers:
            refused = {
                claim.stock for claim, answer in zip(order.claims, answers, strict=True) if answer == "short"
            }
            self._look(order, refused if self.case.apart else set(order.stocks), answered_at)
        elif all(answer == "accepted" for answer in answers):
            for claim in order.claims:
                claim.shard.available -= claim.units
                claim.shard.version += 1
            self._end(order, answered_at, Told.PLACED)
        elif retry == _RETRIES:
            self._end(order, answered_at, Told.BUSY)
        else:
            ceiling = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**retry)
            again_at = answered_at + self.random.uniform(0, ceiling)
            self._at(again_at, lambda then: self._transact(order, then, retry + 1))

    # --- looking --------------------------------------------------------------------------------------------

    def _look(self, order: Order, stocks: set[Stock], now: float) -> None:
        """Read some stocks one after the other, and choose by what they hold."""
        order.looks += 1
        if order.looks > _LOOKS:
            self._end(order, now, Told.BUSY)
        else:
            self._at(now + _READING * len(stocks), lambda then: self._seen(order, stocks, then))

    def _seen(self, order: Order, stocks: set[Stock], now: float) -> None:
        seen = [stock for stock in order.stocks if stock in stocks]
        if short := next((stock for stock in seen if stock.left < order.tickets), None):
            versions = short.versions
            self._at(now + _READING, lambda then: self._prove(order, stocks, short, versions, then))
            return
        chosen = self._chosen(seen, order.tickets)
        order.claims = [*(claim for claim in order.claims if claim.stock not in stocks), *chosen]
        self._attempt(order, now)

    def _prove(self, order: Order, stocks: set[Stock], short: Stock, versions: list[int], now: float) -> None:
        if short.versions == versions:
            self._end(order, now, Told.SOLD_OUT)
        else:
            self._look(order, stocks, now)

    def _chosen(self, stocks: Sequence[Stock], tickets: int) -> list[Claim]:
        """Choose a position at which all stocks suffice, else shards of each stock alone."""
        most = max(len(stock.shards) for stock in stocks)
        sufficient = [
            position
            for position in ((shard + 0.5) / most for shard in range(most))
            if all(stock.at(position).available >= tickets for stock in stocks)
        ]
        if sufficient and not self.case.apart:
            position = self.random.choice(sufficient)
            return [Claim(stock, stock.at(position), tickets) for stock in stocks]
        return [claim for stock in stocks for claim in self._chosen_alone(stock, tickets)]

    def _chosen_alone(self, stock: Stock, tickets: int) -> Iterable[Claim]:
        """Choose one shard that suffices, else as few as can be."""
        if sufficient := [shard for shard in stock.shards if shard.available >= tickets]:
            yield Claim(stock, self.random.choice(sufficient), tickets)
            return
        for shard in sorted(stock.shards, key=lambda shard: -shard.available):
            taken = min(tickets, int(shard.available))
            yield Claim(stock, shard, taken)
            tickets -= taken
            if tickets == 0:
                return


class Row(NamedTuple):
    """A window and a limit, with what became of each of the kinds of sale."""

    window: float
    limit: int
    shards: int
    results: Mapping[str, Result]

    @property
    def judged(self) -> bool:
        return (self.window, self.limit) == (JUDGED_WINDOW, LIMIT)

    @property
    def missed(self) -> list[str]:
        """Name the kinds of sale that don't reach the target where they are judged."""
        missing = (name for name, result in self.results.items() if result.per_second < TARGET)
        return [name for name in missing if self.judged and name != CONTROL]


CONTROL = "capacity, drawn apart"


def kinds(case: Case) -> dict[str, Case]:
    """Return the ways in which so many tickets are sold, by their names."""
    limit = case.limit
    return {
        "endless event": case,
        "event with a capacity": case._replace(capacity=limit),
        "two tiers, one capacity": case._replace(limit=limit // 2, tiers=2, capacity=limit),
        CONTROL: case._replace(capacity=limit, apart=True),
    }


def throughput() -> list[Row]:
    """Return what tiers that don't run out take, at 1.5 times the orders that are the target."""
    return _rows([Case(limit, window) for window in WINDOWS for limit in LIMITS])


def sale() -> list[Row]:
    """Return how 100,000 tickets are sold to the last, at the orders a second that are the target."""
    case = Case(LIMIT, JUDGED_WINDOW, runs_out=True, offered=TARGET, seconds=SECONDS_OF_SALE)
    return _rows([case])


def _rows(cases: Sequence[Case]) -> list[Row]:
    every = [one for case in cases for one in kinds(case).values()]
    with ProcessPoolExecutor() as processes:
        results = processes.map(simulate, every)
        return [
            Row(
                case.window, case.limit, shards_for(case.limit), {name: next(results) for name in kinds(case)}
            )
            for case in cases
        ]


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
        left=int(sum(tier.left for tier in simulation.tiers)) if case.runs_out else 0,
        last_placed_at=max((order.at for order in placed), default=0.0),
    )
