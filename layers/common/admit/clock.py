"""Time: always aware, always UTC, kept to the millisecond."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, PlainSerializer, WithJsonSchema

from admit.faults import FaultCode, wrong

type Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the present time."""
    return to_millisecond(datetime.now(UTC))


def to_millisecond(at: datetime) -> datetime:
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def stamp(at: datetime) -> str:
    """Write a time as RFC 3339 of fixed width, so that the text sorts as the time does."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _instant(at: datetime) -> datetime:
    """Refuse the outermost years: in another time zone such a moment may have no date at all."""
    if not 2 <= at.year <= 9998:
        raise wrong(FaultCode.NOT_A_TIME, "must lie in the years 2 to 9998")
    return to_millisecond(at)


type Instant = Annotated[
    AwareDatetime,
    AfterValidator(_instant),
    PlainSerializer(stamp, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
