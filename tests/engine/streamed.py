"""A table with its stream: each write leaves the records that Lambda would be given."""

import json
from collections.abc import Callable, Sequence
from functools import cache
from threading import Lock
from typing import Any

from admit.aws.table import DynamoTable
from admit.store import Check, Delete, Item, Key, Put, Update, Write
from local.template import load
from tests.engine.stream import a_record

type Record = dict[str, Any]


class Streamed(DynamoTable):
    """One write at a time, so that the images are right; of reads and writes it keeps count."""

    def __init__(self, table: DynamoTable) -> None:
        super().__init__(table._client, table._name)
        self.records: list[Record] = []
        self.transactions = 0
        self.reads = 0
        self._one = Lock()

    def write(self, write: Put | Update | Delete) -> Item:
        with self._one:
            before = super().get(write.key)
            after = super().write(write)
            self._tell(
                [write.key], {write.key: before} if before else {}, {write.key: after} if after else {}
            )
        return after

    def transact(self, writes: Sequence[Write]) -> None:
        changed = [write.key for write in writes if not isinstance(write, Check)]
        with self._one:
            before = self._images(changed)
            super().transact(writes)
            self.transactions += 1
            self._tell(changed, before, self._images(changed))

    def get(self, key: Key) -> Item | None:
        self.reads += 1
        return super().get(key)

    def get_many(self, keys: Sequence[Key]) -> list[Item]:
        self.reads += -(-len(set(keys)) // 100)
        return super().get_many(keys)

    def _images(self, keys: Sequence[Key]) -> dict[Key, Item]:
        return {Key(item["pk"], item["sk"]): item for item in super().get_many(keys)}

    def _tell(self, keys: Sequence[Key], before: dict[Key, Item], after: dict[Key, Item]) -> None:
        for key in keys:
            if before.get(key) != after.get(key):
                self.records.append(a_record(before.get(key), after.get(key)))


class Died(BaseException):
    """The process is gone: nothing of the domain catches this."""


class Mortal(Streamed):
    """The same table and stream for a process that dies when so many writes have taken place."""

    def __init__(self, table: Streamed, writes: int) -> None:
        super().__init__(table)
        self.records = table.records
        self._left = writes
        self._counting = Lock()

    def write(self, write: Put | Update | Delete) -> Item:
        self._live()
        return super().write(write)

    def transact(self, writes: Sequence[Write]) -> None:
        self._live()
        super().transact(writes)

    def _live(self) -> None:
        with self._counting:
            if self._left == 0:
                raise Died
            self._left -= 1


def told(table: Streamed, project: Callable[[list[Record]], object], *, times: int = 1) -> None:
    """Let the stream tell of all that it has, and of what follows from it, each batch so many times."""
    while table.records:
        batch, table.records[:] = table.records[:100], table.records[100:]
        for _ in range(times):
            project(let_through(batch))


def let_through(records: Sequence[Record], function: str = "ProjectFunction") -> list[Record]:
    """Return the records that the filter of a function's mapping in the template lets through."""
    return [one for one in records if any(_fits(pattern, one) for pattern in _patterns(function))]


@cache
def _patterns(function: str) -> list[Any]:
    events = load()["Resources"][function]["Properties"]["Events"].values()
    [mapping] = [one["Properties"] for one in events if one["Type"] == "DynamoDB"]
    return [json.loads(one["Pattern"]) for one in mapping["FilterCriteria"]["Filters"]]


def _fits(pattern: Any, value: Any) -> bool:
    """Say whether a value fits a pattern as Lambda's event filters have it: by all its parts, each of them
    by one of its choices.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
    """
    if isinstance(pattern, dict):
        parts = value if isinstance(value, dict) else {}
        return all(_fits(part, parts.get(name)) for name, part in pattern.items())
    return any(
        choice["exists"] is (value is not None) if isinstance(choice, dict) else choice == value
        for choice in pattern
    )
