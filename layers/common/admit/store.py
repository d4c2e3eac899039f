"""What the domain asks of a table. `aws/table.py` answers it with DynamoDB.

Expressions are DynamoDB's own. A name written `#status` stands for the attribute `status`; values are given
without their colon.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

from admit.errors import Unavailable

type Item = Mapping[str, Any]

MOST_WRITES = 100
"""As many as one transaction takes."""


class Key(NamedTuple):
    pk: str
    sk: str


@dataclass(frozen=True)
class Put:
    """Store a whole item, by default only where none is."""

    key: Key
    item: Item
    condition: str | None = "attribute_not_exists(pk)"
    values: Mapping[str, Any] = field(default_factory=dict)

    def over(self, revision: int) -> "Put":
        """Return the write that takes the place of this revision of the item."""
        # False when the item was changed, or removed, since it was read.
        unchanged = "revision = :revision"
        return replace(self, condition=unchanged, values={"revision": revision})


@dataclass(frozen=True)
class Update:
    """Change an item in place, if the condition holds; without one, create it where it is not there."""

    key: Key
    expression: str
    condition: str | None
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Check:
    """Let a transaction through only if the condition holds; change nothing."""

    key: Key
    condition: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Delete:
    """Remove an item, if the condition holds."""

    key: Key
    condition: str | None = "attribute_exists(pk)"
    values: Mapping[str, Any] = field(default_factory=dict)


type Write = Put | Update | Check | Delete


class ConditionFailed(Exception):
    """A single write whose condition was false. `old` is the item as it stood, None if there was none."""

    def __init__(self, old: Item | None) -> None:
        self.old = old
        super().__init__("the condition of a write was false")


class TransactionRefused(Exception):
    """A transaction whose conditions were false: the index of each such write, with its item as it stood."""

    def __init__(self, failed: Mapping[int, Item | None]) -> None:
        self.failed = failed
        super().__init__(f"the conditions of writes {sorted(failed)} were false")


class Contention(Unavailable):
    """Other writers were at the same items for longer than the retries last."""


class Page(NamedTuple):
    items: list[Item]
    cursor: str | None


class Entry(NamedTuple):
    """An item as an index names it."""

    key: Key
    sort_key: str


class Found(NamedTuple):
    entries: list[Entry]
    cursor: str | None


class Within(NamedTuple):
    """Which sort keys of an index are read; at most one of these bounds is given."""

    below: str | None = None
    above: str | None = None
    prefix: str | None = None


ALL = Within()


class Table(Protocol):
    """One table. Every read of it is strong; reads of an index can't be and never decide anything."""

    def get(self, key: Key) -> Item | None: ...

    def get_many(self, keys: Sequence[Key]) -> list[Item]:
        """Read items in the order of their keys; those that are not there are left out."""

    def query(self, pk: str, sk_prefix: str = "") -> list[Item]:
        """Read a whole item collection, or the part of it whose sort keys begin so."""

    def span(self, pk: str, *, after: str, until: str, limit: int, newest_first: bool = False) -> list[Item]:
        """Read the first items of a collection whose sort keys are above `after` and not above `until`.

        With `newest_first` the last ones, from the last back: those below `until` and not below `after`.
        Raises Invalid, naming the cursor, for bounds that no list has answered.
        """

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
        """Read one page of an index: which items, not what they hold."""

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
        """Read one page of what an index itself keeps of its items, if they have the attribute `having`.

        Of those that have not, less than a page may come.
        """

    def page(
        self, index: str, pk: str, *, limit: int, cursor: str | None = None, newest_first: bool = False
    ) -> Page:
        """Read one page of an index in its order, or backwards, and the items it names as they are now."""

    def write(self, write: Put | Update | Delete) -> Item:
        """Write one item and return it as it then is, empty if it was removed. Raises ConditionFailed,
        Contention."""

    def transact(self, writes: Sequence[Write]) -> None:
        """Do up to 100 writes or none. Raises TransactionRefused, Contention."""
