"""The log of an account: who has changed what in it, and in the set-up of its events.

It is derived from the stream: an item before and after one change. Who made it stands on the item
(`changed`); of what was removed it stands on the event or the account that the same transaction has moved
on. Where it stands nowhere it was the system, or nobody knows. An entry is put under the id of its record,
so what comes twice changes nothing. It names fields, and no values: neither a secret nor a person but the
member.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from admit import keys
from admit.catalog.allotment import AllotmentPatch
from admit.catalog.discount import DiscountPatch
from admit.catalog.entrance import CheckInListPatch, GatePatch
from admit.catalog.event import EventPatch
from admit.catalog.organization import OrganizationSettings
from admit.catalog.question import QuestionPatch
from admit.catalog.quota import QuotaPatch
from admit.catalog.tier import CategoryPatch, TierPatch
from admit.clock import Instant
from admit.door.device import DevicePatch
from admit.ids import digest
from admit.model import Entity, Shape
from admit.people.company import CompanyPatch
from admit.store import ALL, ConditionFailed, Item, Put, Table, Within

_FIRST, _LAST = "0", "~"
_KEPT = timedelta(days=730)


class Told(NamedTuple):
    """What of a kind of item is told: the attribute that it is called by, and the fields that matter."""

    called: str | None
    fields: frozenset[str]


def _of(called: str | None, *fields: str, patch: type[Shape] | None = None) -> Told:
    return Told(called, frozenset(fields) | frozenset(patch.model_fields if patch else ()))


TOLD: Mapping[str, Told] = {
    "organizer": _of("name", "name", "seller"),
    "member": _of("email", "role", "name"),
    "api_key": _of("label", "label", "role", "event_ids", "expires_at"),
    "webhook": _of("label", "url", "label", "types", "event_ids", "active", "secrets"),
    "company": _of("name", patch=CompanyPatch),
    "event": _of("title", "status", patch=EventPatch),
    "category": _of("title", patch=CategoryPatch),
    "tier": _of("title", patch=TierPatch),
    "discount": _of("title", patch=DiscountPatch),
    "quota": _of("title", patch=QuotaPatch),
    "question": _of("title", patch=QuestionPatch),
    "allotment": _of("title", patch=AllotmentPatch),
    "organization": _of(None, patch=OrganizationSettings),
    "seating": _of(None, "version", "choice"),
    "list": _of("title", patch=CheckInListPatch),
    "gate": _of("title", patch=GatePatch),
    "zone": _of("title", patch=GatePatch),
    "device": _of("name", "revoked_at", patch=DevicePatch),
    "mail_text": _of("mail_kind", "subject", "text"),
    "badge_template": _of("name", "source"),
}
"""By kind. Only what stands here is told."""


class SetUpChange(NamedTuple):
    """One change of one item; `after` is empty when the item was removed."""

    record_id: str
    kind: str
    before: Item
    after: Item
    at: datetime


class Entry(Entity):
    organizer_id: str
    reference: str
    """What tells it from others of the same moment."""
    at: Instant
    actor: str | None = None
    what: str
    fields: list[str] = []
    event_id: str | None = None
    subject: str | None = None

    def put(self) -> Put:
        time = keys.by_time(self.at, self.reference)
        of_event = {"gsi1pk": keys.log_of_event(self.event_id), "gsi1sk": time} if self.event_id else {}
        until = {"ttl": int((self.at + _KEPT).timestamp())}
        key = keys.account_log_entry(self.organizer_id, self.at, self.reference)
        return Put(key, {"kind": "account_log", **self.attributes(), **of_event, **until})


class LogLine(Shape):
    at: Instant
    actor: str | None
    """Address of a member or name of an API key; null for the system, and where it is not known."""
    what: str
    """A kind of thing and what became of it, such as `tier.changed`; of an event also its new status."""
    fields: list[str]
    """Those that have changed."""
    event_id: str | None
    subject: str | None
    """How the thing is called."""


class LogLines(NamedTuple):
    lines: list[LogLine]
    cursor: str | None


# --- what is written --------------------------------------------------------------------------------------


def write_account_log(table: Table, changes: Sequence[SetUpChange]) -> None:
    """Write what changes tell; again it changes nothing."""
    told = [change for change in changes if change.kind in TOLD and _matters(change)]
    if not told:
        return
    organizers = _organizers(table, told)
    removals = list(_removals(table, changes, told))
    for change in told:
        organizer_id = organizers.get(str(_item(change).get("event_id")), _item(change).get("organizer_id"))
        if change.kind == "organizer":
            organizer_id = change.after.get("id")
        if organizer_id is None:
            continue
        with suppress(ConditionFailed):
            table.write(_entry(change, organizer_id, _said(change, removals)).put())


def _item(change: SetUpChange) -> Item:
    return change.after or change.before


def _changed_fields(change: SetUpChange) -> list[str]:
    fields = TOLD[change.kind].fields
    return sorted(name for name in fields if change.before.get(name) != change.after.get(name))


def _matters(change: SetUpChange) -> bool:
    return not change.before or not change.after or bool(_changed_fields(change))


def _organizers(table: Table, told: Sequence[SetUpChange]) -> dict[str, str]:
    """Return whose the events are in which something has changed."""
    events = {str(_item(change)["event_id"]) for change in told if "event_id" in _item(change)}
    items = table.get_many([keys.event(event_id) for event_id in sorted(events)])
    return {item["id"]: item["organizer_id"] for item in items}


def _removals(table: Table, changes: Sequence[SetUpChange], told: Sequence[SetUpChange]) -> Iterator[Item]:
    """Yield what is said of what was removed: in this batch, then on the events and accounts as they are."""
    for change in changes:
        if change.kind in ("event", "organizer") and change.after:
            yield change.after.get("changed", {})
    gone = [change.before for change in told if not change.after]
    owners = {
        keys.event(item["event_id"]) if "event_id" in item else keys.organizer(item["organizer_id"])
        for item in gone
        if "event_id" in item or "organizer_id" in item
    }
    for item in table.get_many(sorted(owners)):
        yield item.get("changed", {})


def _said(change: SetUpChange, removals: Sequence[Item]) -> Item:
    """Return who has made a change and when, empty where it is not said."""
    if change.after:
        said: Item = change.after.get("changed", {})
        # What was written without a name keeps what was said before.
        return {} if said == change.before.get("changed", {}) else said
    name = f"{change.before['pk']} {change.before['sk']}"
    return next((said for said in removals if name in said.get("removed", ())), {})


def _entry(change: SetUpChange, organizer_id: str, said: Item) -> Entry:
    item = _item(change)
    became = "removed" if not change.after else "changed" if change.before else "added"
    fields = _changed_fields(change) if change.before and change.after else []
    if change.kind == "event" and "status" in fields:
        became = str(change.after["status"])
    event_id = item["id"] if change.kind == "event" else item.get("event_id")
    called = TOLD[change.kind].called
    return Entry(
        organizer_id=organizer_id,
        reference=digest(change.record_id)[:16],
        at=_time_of(change, said),
        actor=said.get("by") or None,
        what=f"{change.kind}.{became}",
        fields=fields,
        event_id=event_id,
        subject=item.get(called) if called else None,
    )


def _time_of(change: SetUpChange, said: Item) -> datetime:
    if not change.after:
        # Who has removed something may be forgotten when the record comes again: its own time stays. That is
        # told in seconds, and what was removed was there before.
        return change.at.replace(microsecond=999_000)
    return datetime.fromisoformat(said["at"]) if said else change.at


# --- what is read -----------------------------------------------------------------------------------------


def read_account_log(
    table: Table, organizer_id: str, *, event_id: str | None, limit: int, cursor: str | None
) -> LogLines:
    """Return one page of the log, newest first, of one event if it is named. Raises Invalid."""
    if event_id is None:
        items = table.span(
            keys.account_log(organizer_id),
            after=_FIRST,
            until=cursor or _LAST,
            limit=limit,
            newest_first=True,
        )
        return LogLines(
            [_line(Entry.of(item)) for item in items], str(items[-1]["sk"]) if len(items) == limit else None
        )
    found = table.find(
        "gsi1",
        keys.log_of_event(event_id),
        limit=limit,
        newest_first=True,
        within=Within(below=cursor) if cursor else ALL,
    )
    entries = [Entry.of(item) for item in table.get_many([entry.key for entry in found.entries])]
    own = [_line(entry) for entry in entries if entry.organizer_id == organizer_id]
    return LogLines(own, found.entries[-1].sort_key if found.cursor else None)


def _line(entry: Entry) -> LogLine:
    return LogLine(**entry.model_dump(include=set(LogLine.model_fields)))
