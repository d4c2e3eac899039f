"""Counting what an operation asks of DynamoDB, and timing what it does itself.

An operation is run against DynamoDB Local and what goes over the wire is kept on a tape: its requests, and
its read and write units as `ReturnConsumedCapacity` tells them, the indexes' own included.

Then the last run is done again and again with botocore played the same answers in place of sending anything.
The CPU time of the whole process over the handler's call, less that over the very same boto3 calls made bare
on the same answers, is what our code, powertools and pydantic add. The two are timed in turn and their
medians compared, so that what else the machine does meets both.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from bench.house import House, Request
from bench.operations import Operation, Target
from bench.wire import Tape, call_bare

_COUNTED_RUNS = 3
_FEWEST, _MOST = 5, 200
_TIMED_SECONDS = 1.0


@dataclass(frozen=True)
class Measured:
    name: str
    target: Target
    requests: int
    writes: int
    read_units: float
    write_units: dict[str, float]
    """By index; the table itself is `table`."""
    other_calls: dict[str, int]
    """By service."""
    own_milliseconds: float
    bare_milliseconds: float

    @property
    def all_write_units(self) -> float:
        return sum(self.write_units.values())

    @property
    def over(self) -> list[str]:
        """Name the targets that are missed."""
        counts = {
            "requests": (self.requests, self.target.requests),
            "writes": (self.writes, self.target.writes),
            "write_units": (self.all_write_units, self.target.write_units),
            "read_units": (self.read_units, self.target.read_units),
        }
        return [name for name, (count, most) in counts.items() if most is not None and count > most]


def measure(house: House, operation: Operation) -> Measured:
    ready = house.forget if operation.cold else house.warm
    runs = []
    for _ in range(_COUNTED_RUNS):
        request = operation.prepare(house)
        ready()
        stripe_calls = -house.pages.calls
        with house.wire.recording() as tape:
            house.call(request)
        stripe_calls += house.pages.calls
        runs.append(tape)
    worst = max(runs, key=lambda run: (run.requests, sum(run.write_units.values()), run.read_units))
    whole, bare = _in_turn(house, request, tape, ready)
    return Measured(
        name=operation.name,
        target=operation.target,
        requests=worst.requests,
        writes=worst.writes,
        read_units=worst.read_units,
        write_units=dict(sorted(worst.write_units.items(), key=lambda part: part[0] != "table")),
        other_calls={
            service: calls
            for service, calls in (
                ("stripe", stripe_calls),
                ("s3", worst.count("s3")),
                ("sqs", worst.count("sqs")),
                ("secretsmanager", worst.count("secretsmanager")),
            )
            if calls
        },
        own_milliseconds=whole - bare,
        bare_milliseconds=bare,
    )


def cpu_milliseconds(call: Callable[[], object]) -> float:
    """Return the CPU time, of all threads, that a call takes: the median of many."""
    times: list[float] = []
    call()
    while not _enough(times):
        times.append(_timed(call)[0])
    return median(times)


def _in_turn(house: House, request: Request, tape: Tape, ready: Callable[[], None]) -> tuple[float, float]:
    """Return the CPU time of a handler's call and of its bare boto3 calls, both played the tape's answers."""
    handler = house.handlers[request.function]
    whole: list[float] = []
    bare: list[float] = []
    while not _enough(whole):
        ready()
        with house.wire.playing(tape):
            milliseconds, answer = _timed(lambda: handler(request.event, None))
        request.answered(answer)
        whole.append(milliseconds)
        with house.wire.playing(tape):
            bare.append(_timed(lambda: call_bare(tape))[0])
    return median(whole), median(bare)


def _enough(times: list[float]) -> bool:
    return len(times) >= _FEWEST and (len(times) >= _MOST or sum(times) >= _TIMED_SECONDS * 1000)


def _timed[T](call: Callable[[], T]) -> tuple[float, T]:
    begun = time.process_time()
    answer = call()
    return (time.process_time() - begun) * 1000, answer
