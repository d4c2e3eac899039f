"""How a reader is spoken to: his language, and times and amounts as they are written where he lives."""

from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_currency

from admit.messages import messages, spoken
from admit.money import Money

_MESSAGES = Path(__file__).with_name("messages")
_HOME = {"en": "en_GB"}


class Tongue:
    """The language of the first BCP 47 tag that is given; of one that we don't speak English."""

    def __init__(self, *tags: str | None) -> None:
        tag = next((tag for tag in tags if tag), "")
        self.language = spoken(tag)
        self._locale = _locale(self.language, tag.partition("-")[2])
        self._messages = messages(_MESSAGES, self.language)
        self.say = self._messages.say
        self.count = self._messages.count

    def money(self, money: Money) -> str:
        return format_currency(money.decimal, money.currency, locale=self._locale)

    def day(self, at: datetime, timezone: str) -> str:
        """Write a day as the calendar of a time zone shows it."""
        return format_date(at.astimezone(ZoneInfo(timezone)), "long", self._locale)

    def time(self, at: datetime, timezone: str) -> str:
        """Write a time as the clocks of a time zone show it."""
        return self.say("time", day=self.day(at, timezone), clock=self._clock(at, timezone))

    def span(self, start: datetime, end: datetime, timezone: str) -> str:
        """Write from when until when something lasts, in one day or over several."""
        day = self.day(start, timezone)
        if day == self.day(end, timezone):
            clocks = {"start": self._clock(start, timezone), "end": self._clock(end, timezone)}
            return self.say("hours", day=day, **clocks)
        return self.say("days", start=self.time(start, timezone), end=self.time(end, timezone))

    def _clock(self, at: datetime, timezone: str) -> str:
        return format_time(at.astimezone(ZoneInfo(timezone)), "short", locale=self._locale)


@cache
def _locale(language: str, region: str) -> Locale:
    """Return the locale of a language as a region has it; where that is unknown, of the language alone."""
    try:
        return Locale.parse(f"{language}_{region}" if region else _HOME.get(language, language))
    except UnknownLocaleError:
        return Locale.parse(_HOME.get(language, language))
