"""Which devices have a pass in their wallet, and since when a pass says what it says.

The devices' side is Apple's PassKit Web Service
(https://developer.apple.com/library/archive/documentation/PassKit/Reference/PassKit_WebService/WebService.html).
A device that asks what has changed sends back the tag of the last answer. The tag holds a mark of what each
of its passes said then, so nothing need be kept of what a device knows, and no clock decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Annotated, Protocol

from pydantic import ConfigDict, StringConstraints

from admit import keys
from admit.clock import Instant, stamp
from admit.model import Entity, Shape
from admit.passes.content import PassContent, pass_serial
from admit.store import ConditionFailed, Contention, Delete, Key, Put, Table
from admit.tickets.ticket import Ticket

_KEPT_AFTER_THE_EVENT = timedelta(days=30)
_PACKED_WITHIN = timedelta(seconds=30)
"""No function takes longer, from when it reads what a pass says until the package is in the bucket."""
_TRIES = 5
_PAGE = 100
_MOST_TOLD = 20
"""Devices of one pass: more than people have, and little work for who registers devices that are none."""
_MARK = 12

type DeviceId = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class RegistrationRequest(Shape):
    """What a device says of itself; names are Apple's, who may add more of them."""

    model_config = ConfigDict(extra="ignore")

    pushToken: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,200}$")]


class ChangedPasses(Shape):
    """The passes of a device that have changed, and the tag to ask with next time. Names are Apple's."""

    serialNumbers: list[str]
    lastUpdated: str


class DeviceLog(Shape):
    """What devices complain of."""

    model_config = ConfigDict(extra="ignore")

    logs: list[str] = []


class PassChanged(Shape):
    """That a pass says something else than before, maybe; a message on the queue of pushes."""

    serial: str


class Push(Protocol):
    def tell(self, push_token: str) -> bool:
        """Push to a device; False when it can't be reached by this token any more. Raises Unavailable."""


class Registration(Entity):
    """That a device has a pass. It goes when its owner removes the pass, or a month after the event."""

    serial: str
    push_token: str
    registered_at: Instant


class PassVersion(Entity):
    """What a pass says, by its mark, and since when."""

    mark: str
    changed_at: Instant


def register(table: Table, content: PassContent, device_id: str, push_token: str, now: datetime) -> bool:
    """Note that a device has a pass; say whether that is new."""
    registration = Registration(serial=content.serial, push_token=push_token, registered_at=now)
    gone_at = max(now, content.ends_at) + _KEPT_AFTER_THE_EVENT
    put = Put(
        keys.pass_on_device(content.serial, device_id),
        {
            "kind": "pass_registration",
            **registration.attributes(),
            "gsi1pk": keys.passes_on(device_id),
            "gsi1sk": content.serial,
            "ttl": int(gone_at.timestamp()),
        },
    )
    try:
        table.write(put)
    except ConditionFailed:
        # Wallet registers again with another token to push to; the last word of a device counts.
        table.write(Put(put.key, put.item, condition=None))
        return False
    return True


def unregister(table: Table, serial: str, device_id: str) -> None:
    """Forget that a device has a pass; again changes nothing."""
    table.write(Delete(keys.pass_on_device(serial, device_id), condition=None))


def serials_on(table: Table, device_id: str) -> list[str]:
    """Return the serials of the passes that a device has."""
    serials: list[str] = []
    cursor: str | None = None
    while True:
        found = table.find("gsi1", keys.passes_on(device_id), limit=_PAGE, cursor=cursor)
        serials += [entry.sort_key for entry in found.entries]
        cursor = found.cursor
        if cursor is None:
            return serials


def touched_passes(before: Ticket, after: Ticket) -> list[PassChanged]:
    """Return the pass that a change of a ticket has changed, if any: its own, or that of a former holder."""
    if _told(before) == _told(after):
        return []
    return [PassChanged(serial=pass_serial(after.id, before.revision))]


def _told(ticket: Ticket) -> tuple[object, ...]:
    """Return what of a ticket its pass tells, and when its event was moved, which every pass tells."""
    return ticket.revision, ticket.status, ticket.holder, ticket.tier_title, ticket.seat, ticket.event_moved


def tell_devices(table: Table, push: Push, serial: str) -> None:
    """Let the devices that have a pass ask what has changed; those that can't be reached are forgotten.

    Told twice they ask twice. Raises Unavailable: tell all again.
    """
    key = keys.pass_version(serial)
    for item in table.query(key.pk, keys.PASS_ON_DEVICE)[:_MOST_TOLD]:
        if not push.tell(Registration.of(item).push_token):
            table.write(Delete(Key(item["pk"], item["sk"]), condition=None))


def changed_passes(passes: Sequence[PassContent], tag: str) -> ChangedPasses | None:
    """Return which of a device's passes say something else than when it got a tag, None if none does.

    Every pass has changed for a device without a tag.
    """
    known = set(tag.split("."))
    changed = [one.serial for one in passes if one.mark[:_MARK] not in known]
    return ChangedPasses(serialNumbers=changed, lastUpdated=_tag(passes)) if changed else None


def _tag(passes: Iterable[PassContent]) -> str:
    return ".".join(sorted(one.mark[:_MARK] for one in passes))


def changed_at(table: Table, content: PassContent, now: datetime) -> datetime:
    """Return since when a pass says what it says, as far as anybody has asked; noted when it is new.

    `now` is not before the content was read. Raises Contention.
    """
    key = keys.pass_version(content.serial)
    item = table.get(key)
    for _ in range(_TRIES):
        earlier = PassVersion.of(item) if item else None
        if earlier is not None and earlier.mark == content.mark:
            return earlier.changed_at
        version = PassVersion(mark=content.mark, changed_at=now)
        gone_at = int((max(now, content.ends_at) + _KEPT_AFTER_THE_EVENT).timestamp())
        put = Put(key, {"kind": "pass_version", **version.attributes(), "ttl": gone_at})
        if earlier is not None:
            # False when somebody else has noted a change since it was read.
            unchanged = "changed_at = :read AND mark = :mark"
            read = {"read": stamp(earlier.changed_at), "mark": earlier.mark}
            put = replace(put, condition=unchanged, values=read)
        try:
            table.write(put)
        except ConditionFailed as failed:
            item = failed.old
        else:
            return now
    raise Contention


def unchanged_since(at: datetime, if_modified_since: str) -> bool:
    """Say whether who got a pass at an HTTP date has what it says since `at`; a text that is none says no.

    The date is that of the package in the bucket, which may have been put there a while after its content
    was read: one that was put soon after a change may be from before it.
    """
    try:
        got = parsedate_to_datetime(if_modified_since)
    except ValueError:
        return False
    return at + _PACKED_WITHIN <= got.replace(tzinfo=got.tzinfo or UTC)
