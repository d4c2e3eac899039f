"""Where the scans of a ticket lead: who is inside, which of them count, and which are in conflict.

That depends on the scans alone and not on the order in which they become known: they are gone through by
their times, and the earliest entry wins.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from admit.catalog.check_in_list import Again
from admit.catalog.zone import MAIN_ZONE
from admit.tickets.scan import FEW, KEPT_FOR, MOST_KEPT, Outcome, Reason, ScanRecord, Settled
from admit.tickets.ticket import Ticket

_BY_ORDER = (None, Reason.ALREADY_IN, Reason.ALREADY_USED, Reason.OUT_FIRST)
"""What is in conflict with other scans, and may not be once more of them are known."""


class Standing(NamedTuple):
    """Where the holder of a ticket is: the zones he is in with the gates he took, and when he went in."""

    inside: dict[str, str]
    entered: dict[str, datetime]
    entries: int

    @classmethod
    def after(cls, settled: Settled | None) -> "Standing":
        if settled is None:
            return cls({}, {}, 0)
        return cls(dict(settled.inside), dict(settled.entered), settled.entries)

    def refusal(self, scan: ScanRecord, timezone: ZoneInfo) -> Reason | None:
        """Say why a scan can't come next, None if it can."""
        here = scan.zone_id in self.inside
        if scan.out:
            return None if here else Reason.OUT_FIRST
        entered = self.entered.get(scan.zone_id)
        if entered is None:
            return None
        match scan.again:
            case Again.NEVER:
                barred = True
            case Again.AFTER_EXIT:
                barred = here
            case Again.NEXT_DAY:
                barred = entered.astimezone(timezone).date() >= scan.at.astimezone(timezone).date()
            case Again.ALWAYS:
                barred = False
        if not barred:
            return None
        return Reason.ALREADY_IN if here else Reason.ALREADY_USED

    def moved(self, scan: ScanRecord) -> "Standing":
        """Return where somebody is who went through a door."""
        inside, entered = dict(self.inside), dict(self.entered)
        if scan.out:
            inside.pop(scan.zone_id, None)
            if scan.zone_id == MAIN_ZONE:
                # Who leaves the event leaves all of its zones.
                inside.clear()
            return Standing(inside, entered, self.entries)
        inside[scan.zone_id] = scan.gate_id or ""
        entered[scan.zone_id] = scan.at
        return Standing(inside, entered, self.entries + 1)


def standing_of(ticket: Ticket) -> Standing:
    return Standing(ticket.inside, ticket.entered, ticket.entries)


def with_scan(ticket: Ticket, name: str, scan: ScanRecord, timezone: ZoneInfo) -> Ticket:
    """Return a ticket with one scan more, or changed, and where its scans lead then.

    Of more than a few those go that are a day and a half older than the newest, of more than it may keep the
    refused ones, oldest first, then those that came before all others. The one in question stays.
    """
    kept, settled = _pruned({**ticket.scans, name: scan}, name, ticket.settled, timezone)
    told, standing = _walked(kept, settled, timezone)
    times = [scan.at for scan in told.values() if scan.went_through]
    latest = max([*times, *([settled.until] if settled else [])], default=None)
    return ticket.model_copy(
        update={
            **standing._asdict(),
            "scans": told,
            "settled": settled,
            "scanned_at": latest,
            "scan_count": ticket.scan_count + 1,
        }
    )


def _walked(
    scans: Mapping[str, ScanRecord], settled: Settled | None, timezone: ZoneInfo
) -> tuple[dict[str, ScanRecord], Standing]:
    """Go through scans by their times; return them with what became of each, and where they lead."""
    told = dict(scans)
    standing = Standing.after(settled)
    for name, scan in sorted(scans.items(), key=lambda one: (one[1].at, one[0])):
        if not scan.went_through or scan.reason not in _BY_ORDER:
            continue
        reason = None if scan.forced is not None else standing.refusal(scan, timezone)
        outcome = Outcome.CONFLICT if reason else Outcome.ADMITTED
        told[name] = scan.model_copy(update={"outcome": outcome, "reason": reason})
        if reason is None:
            standing = standing.moved(scan)
    return told, standing


def _pruned(
    scans: Mapping[str, ScanRecord], newest: str, settled: Settled | None, timezone: ZoneInfo
) -> tuple[dict[str, ScanRecord], Settled | None]:
    if len(scans) <= FEW:
        return dict(scans), settled
    others = sorted((name for name in scans if name != newest), key=lambda name: (scans[name].at, name))
    since = max(scan.at for scan in scans.values()) - KEPT_FOR
    old = [name for name in others[: len(scans) - FEW] if scans[name].at < since]
    refused = [name for name in others if name not in old and not scans[name].went_through]
    rest = [name for name in others if name not in (*old, *refused)]
    too_many = max(len(old), len(scans) - MOST_KEPT)
    gone = {name: scans[name] for name in [*old, *refused, *rest][:too_many]}
    kept = {name: scan for name, scan in scans.items() if name not in gone}
    passed = {name: scan for name, scan in gone.items() if scan.went_through}
    if passed:
        standing = _walked(passed, settled, timezone)[1]
        until = max([scan.at for scan in passed.values()] + ([settled.until] if settled else []))
        settled = Settled(until=until, **standing._asdict())
    return kept, settled
