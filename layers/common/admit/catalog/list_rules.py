"""The rules of a check-in list in plain words, as who sets it up reads them."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from admit.catalog.catalog import Catalog
from admit.catalog.check_in_list import Again, CheckInList
from admit.catalog.zone import MAIN_ZONE

_AGAIN = {
    Again.NEVER: "Admits once.",
    Again.AFTER_EXIT: "Admits again after an exit.",
    Again.NEXT_DAY: "Admits once a day.",
    Again.ALWAYS: "Admits as often as somebody comes.",
}


def rules_in_words(catalog: Catalog, rules: CheckInList) -> list[str]:
    """Return one sentence a rule: whom a list admits, where to, when and how often."""
    sentences = [_whom(catalog, rules)]
    if rules.section_ids:
        sections = catalog.seating.sections if catalog.seating else []
        titles = {section.id: section.title for section in sections}
        named = [titles.get(section_id, section_id) for section_id in rules.section_ids]
        sentences.append(f"Only with a seat in {_one_of(named)}.")
    if rules.roles:
        sentences.append(f"Only who attends as {_one_of(rules.roles)}.")
    if rules.zone_id != MAIN_ZONE:
        zone = catalog.zone(rules.zone_id)
        sentences.append(f"Into the zone {zone.title if zone else rules.zone_id}.")
    if window := _window(rules, ZoneInfo(catalog.event.timezone)):
        sentences.append(window)
    sentences.append(_AGAIN[rules.again])
    if rules.paid_only:
        sentences.append("Not before the order is paid.")
    return sentences


def _whom(catalog: Catalog, rules: CheckInList) -> str:
    tiers = [catalog.tiers[one].title for one in rules.tier_ids if one in catalog.tiers]
    categories = [catalog.categories[one].title for one in rules.category_ids if one in catalog.categories]
    parts = []
    if tiers:
        parts.append(f"{_all_of(tiers)} tickets")
    if categories:
        kind = "category" if len(categories) == 1 else "categories"
        parts.append(f"all tickets of the {kind} {_all_of(categories)}")
    return f"Admits {' and '.join(parts) or 'every ticket'}."


def _window(rules: CheckInList, timezone: ZoneInfo) -> str | None:
    """Say when it admits: "From 1 June 2026, 09:00 to 18:00 (Europe/Oslo)."."""
    starts, ends = (at and at.astimezone(timezone) for at in (rules.starts_at, rules.ends_at))
    if starts and ends:
        end = f"{ends:%H:%M}" if starts.date() == ends.date() else _time(ends)
        return f"From {_time(starts)} to {end} ({timezone.key})."
    if starts:
        return f"From {_time(starts)} ({timezone.key})."
    return f"Until {_time(ends)} ({timezone.key})." if ends else None


def _time(at: datetime) -> str:
    return f"{at.day} {at:%B %Y, %H:%M}"


def _all_of(words: Sequence[str]) -> str:
    return _joined(words, "and")


def _one_of(words: Sequence[str]) -> str:
    return _joined(words, "or")


def _joined(words: Sequence[str], last: str) -> str:
    *first, end = words
    return f"{', '.join(first)} {last} {end}" if first else end
