"""Values kept in memory for a while, one cache a process."""

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta

from admit.clock import Clock


class Cache[K: Hashable, V]:
    """Keeps what `read` gave for `age`; what it raises is not kept."""

    def __init__(self, read: Callable[[K], V], age: timedelta, clock: Clock) -> None:
        self._read = read
        self._age = age
        self._clock = clock
        self._kept: dict[K, tuple[V, datetime]] = {}

    def get(self, key: K) -> V:
        now = self._clock()
        kept = self._kept.get(key)
        if kept is None or now >= kept[1]:
            kept = self._kept[key] = (self._read(key), now + self._age)
        return kept[0]
