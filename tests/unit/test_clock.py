"""Times: every moment that is taken in has a date in every time zone."""

import pytest
from pydantic import TypeAdapter, ValidationError

from admit.clock import Instant, stamp

instant = TypeAdapter(Instant)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_has_no_date_in_utc_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="years 2 to 9998"):
        instant.validate_python(text)


def test_a_moment_is_kept_in_utc_to_the_millisecond() -> None:
    assert stamp(instant.validate_python("2027-06-03T09:00:00.123456+02:00")) == "2027-06-03T07:00:00.123Z"
