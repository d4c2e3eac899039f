"""When a delivery that was not taken is tried again."""

from datetime import timedelta
from random import Random

WAITS = (
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
)
"""After each try but the last: some three days in all."""
_JITTER = 0.2


def wait_after(tries: int, random: Random) -> timedelta | None:
    """Return how long to wait after so many tries, None when it was the last; up to a fifth is by chance."""
    if tries > len(WAITS):
        return None
    return WAITS[tries - 1] * (1 + random.uniform(0, _JITTER))
