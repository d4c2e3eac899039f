"""Items that hold counts for people to read, each count under a name of its own."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from admit.store import Key, Update


class Counted(NamedTuple):
    """An item that holds counts of an event."""

    key: Key
    kind: str
    event_id: str

    def worth(self, counts: Mapping[str, int]) -> "Counts":
        """Return these counts as those of this item."""
        return Counter({(self, name): count for name, count in counts.items()})


type Counts = Counter[tuple[Counted, str]]
"""How much there is of what, by the item that holds it."""


def count_name(what: str, identifier: str) -> str:
    """Return the name of a count of something with an id: letters, digits and _ alone."""
    return f"{what}__{identifier.replace('-', '_')}"


def additions(counts: Counts) -> list[Update]:
    """Return the writes that add to counts, one an item."""
    by_item: dict[Counted, dict[str, int]] = {}
    for (item, name), count in counts.items():
        if count:
            by_item.setdefault(item, {})[name] = count
    return [_addition(item, added) for item, added in by_item.items()]


def _addition(item: Counted, added: Mapping[str, int]) -> Update:
    names = ", ".join(f"#{name} :n{at}" for at, name in enumerate(added))
    return Update(
        item.key,
        f"SET kind = :kind, event_id = :event ADD {names}",
        condition=None,
        values={
            "kind": item.kind,
            "event": item.event_id,
            **{f"n{at}": count for at, count in enumerate(added.values())},
        },
    )
