"""The words of a badge in each language that it is written in."""

from datetime import date
from typing import NamedTuple

from admit.catalog.badge import PersonRole


class Words(NamedTuple):
    day: str
    """How a day of the month is written; braces hold its number."""
    months: tuple[str, ...]
    roles: tuple[str, ...]
    """In the order of `PersonRole`."""

    def role(self, role: PersonRole) -> str:
        return self.roles[list(PersonRole).index(role)]

    def days(self, first: date, last: date) -> str:
        """Write one day, or the days from one to another: 30 May - 2 June 2027."""
        day, month = (self.day.format(last.day), self.months[last.month - 1])
        end = f"{day} {month} {last.year}"
        if first >= last:
            return end
        start = self.day.format(first.day)
        if (first.year, first.month) == (last.year, last.month):
            return f"{start}\u2013{end}"
        year = "" if first.year == last.year else f" {first.year}"
        return f"{start} {self.months[first.month - 1]}{year} \u2013 {end}"


_EN = Words(
    day="{}",
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    roles=("Attendee", "Speaker", "Staff", "Exhibitor", "Sponsor", "Press", "VIP"),
)
_DE = Words(
    day="{}.",
    months=(
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ),
    roles=("Teilnahme", "Vortrag", "Team", "Aussteller", "Sponsor", "Presse", "VIP"),
)
_FR = Words(
    day="{}",
    months=(
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),
    roles=("Participation", "Intervention", "Équipe", "Exposant", "Sponsor", "Presse", "VIP"),
)
_NB = Words(
    day="{}.",
    months=(
        "januar",
        "februar",
        "mars",
        "april",
        "mai",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "desember",
    ),
    roles=("Deltaker", "Foredragsholder", "Stab", "Utstiller", "Sponsor", "Presse", "VIP"),
)

_LANGUAGES = {"en": _EN, "de": _DE, "fr": _FR, "nb": _NB, "nn": _NB, "no": _NB}


def words_of(language: str) -> Words:
    """Return the words of a language tag such as de or de-AT; English for others.

    Badges are set from left to right, so that they have no words in Arabic.
    """
    return _LANGUAGES.get(language.partition("-")[0].casefold(), _EN)
