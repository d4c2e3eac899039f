"""What stands on a badge: plain texts, colours, a logo and the credential, for a screen as for paper."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from admit.badges.words import words_of
from admit.catalog.badge import BadgeSettings, BadgeSize, PersonRole, load_template
from admit.catalog.event import Event
from admit.catalog.images import image_name
from admit.errors import NotFound
from admit.ids import digest
from admit.people.person import Holder
from admit.press.glyphs import printable
from admit.store import Table

TEMPLATES: Mapping[str, Path] = {path.name: path for path in sorted(Path(__file__).parent.glob("badge*.typ"))}
_COLOURS = {
    PersonRole.ATTENDEE: "#1d4e79",
    PersonRole.SPEAKER: "#b3261e",
    PersonRole.STAFF: "#2f2f33",
    PersonRole.EXHIBITOR: "#0b6e5f",
    PersonRole.SPONSOR: "#e0a100",
    PersonRole.PRESS: "#6a3fa0",
    PersonRole.VIP: "#8a6d1f",
}


class BadgeDesign(NamedTuple):
    """What the badges of an event are drawn with beside its settings."""

    source: str | None = None
    """Of the organizer's own template."""
    logo: bytes | None = None
    """The picture as it was uploaded."""


class DesignName(NamedTuple):
    event_id: str
    template: str | None
    logo: str | None


PLAIN = BadgeDesign()


class BadgeFace(NamedTuple):
    """All that stands on one badge. Its texts have only letters that the fonts have."""

    size: BadgeSize
    event: str
    place: str
    """Where and when."""
    name: str
    company: str
    title: str
    tier: str
    seat: str
    role: str
    """The word on the band."""
    code: str
    colour: str
    """Of the band, as "#rrggbb"."""
    credential: str
    design: BadgeDesign = PLAIN

    @property
    def ink(self) -> str:
        """The colour that is read best on the band: white or black."""
        # Relative luminance (WCAG 2.2); 0.179 is equally far from both.
        parts = [int(self.colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        luminance = sum(part * share for part, share in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))
        return "#000000" if luminance > 0.179 else "#ffffff"


class Bucket(Protocol):
    def read(self, name: str) -> bytes | None: ...


def make_face(
    event: Event,
    holder: Holder | None,
    role: PersonRole,
    *,
    tier: str,
    seat: str = "",
    code: str,
    credential: str,
    design: BadgeDesign = PLAIN,
    settings: BadgeSettings | None = None,
) -> BadgeFace:
    """Return what stands on somebody's badge; `settings` stand for those of the event."""
    settings = settings or event.badge
    return BadgeFace(
        size=settings.size,
        event=printable(event.title),
        place=printable(_where_and_when(event)),
        name=printable(holder.name if holder else ""),
        company=printable((holder.company if holder else None) or ""),
        title=printable((holder.title if holder else None) or ""),
        tier=printable(tier),
        seat=printable(seat),
        role=printable(settings.role_words.get(role) or words_of(event.language).role(role)),
        code=code,
        colour=settings.role_colours.get(role, _COLOURS[role]),
        credential=credential,
        design=design,
    )


def drawn_from(face: BadgeFace) -> str:
    """Return what tells a badge from one that looks otherwise, now or under another release."""
    source, logo = face.design
    texts = [str(part) for part in face[:-1]]
    return digest(_templates(), *texts, source or "", digest((logo or b"").hex()))[:16]


def design_name(event: Event) -> DesignName:
    """Return what tells which design an event has."""
    return DesignName(event.id, event.badge.template, event.badge.logo)


def load_design(table: Table, bucket: Bucket, name: DesignName) -> BadgeDesign:
    """Read what an event's badges are drawn with; what is not there any more is left out."""
    source = None
    if name.template is not None:
        with suppress(NotFound):
            source = load_template(table, name.event_id, name.template).source
    return BadgeDesign(source, bucket.read(image_name(name.event_id, name.logo)) if name.logo else None)


@cache
def _templates() -> str:
    return digest(*(path.read_text() for path in TEMPLATES.values()))


def _where_and_when(event: Event) -> str:
    zone = ZoneInfo(event.timezone)
    # An event that ends at midnight does not last another day.
    last = max(event.starts_at, event.ends_at - timedelta(seconds=1))
    days = words_of(event.language).days(_day(event.starts_at, zone), _day(last, zone))
    return f"{event.venue.name} \u00b7 {days}" if event.venue else days


def _day(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
