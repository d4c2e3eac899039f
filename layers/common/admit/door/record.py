"""How a scan is written: by one conditional write that needs no read, or against the ticket as it was read.

The first is for what usually happens: somebody goes in or out whom nothing speaks against. The second is for
the rest: refusals, what a device decided without a network, what is forced or undone, and doors that count
how many are inside.
"""

from collections import Counter
from datetime import datetime
from itertools import batched
from typing import NamedTuple
from zoneinfo import ZoneInfo

from admit import keys
from admit.catalog.catalog import Catalog
from admit.catalog.check_in_list import Again, CheckInList
from admit.catalog.zone import MAIN_ZONE
from admit.clock import stamp
from admit.store import ConditionFailed, Key, Table, TransactionRefused, Update, Write
from admit.tickets.scan import FEW, ScanRecord
from admit.tickets.ticket import Ticket, TicketStatus
from admit.tickets.transfer import TransferStatus, ended_transfer

_MOST_OF_IN = 100
"""So many values DynamoDB compares with in one list."""


class Full(Exception):
    """A gate or a zone that somebody would go into has no room."""


class Moved(Exception):
    """The ticket has changed since it was read."""


class Named(NamedTuple):
    """Which ticket was shown; `revision` is that of the code, if there was one."""

    order_id: str
    number: int
    revision: int | None

    def is_newest(self, ticket: Ticket) -> bool:
        """Whether nobody has got the ticket since the code was made."""
        return self.revision in (None, ticket.revision)

    @property
    def key(self) -> Key:
        return keys.ticket(self.order_id, self.number)


class Attempt(NamedTuple):
    """A scan as a device asks for it."""

    id: str
    scan: ScanRecord
    rules: CheckInList
    named: Named
    forced: str | None = None


def passage(catalog: Catalog, attempt: Attempt, now: datetime) -> Update:
    """Return the write of a way in or out, whose condition is false when anything is against it."""
    scan, rules, revision = attempt.scan, attempt.rules, attempt.named.revision
    values: dict[str, object] = {
        "event_id": catalog.event.id,
        "at": stamp(scan.at),
        "scan": scan.stored(),
        "few": FEW,
        "one": 1,
    }
    # False for a ticket id of another event; a credential's signature has shown the event already.
    of_this_event = "event_id = :event_id"
    # False when the ticket is suspended or cancelled.
    valid = "#status = :valid"
    # False while it is offered to somebody; a ticket that is not admits whom it belongs to.
    kept = "(attribute_not_exists(transfer) OR transfer.#until <= :now)"
    # False when this very scan is known, even if the ticket has gone the other way since.
    not_taken_yet = f"attribute_not_exists(scans.#{attempt.id})"
    # False when it keeps so many scans that old ones have to go.
    has_room = "size(scans) < :few"
    # False when somebody has gone through a door with it at this very moment, or later by another clock.
    comes_next = "(attribute_not_exists(scanned_at) OR scanned_at < :at)"
    conditions = [of_this_event, not_taken_yet, has_room, comes_next]
    if revision is not None:
        # False when the holder has changed since the credential was made.
        newest = "revision = :revision"
        conditions.append(newest)
        values["revision"] = revision
    sets = f"SET scans.#{attempt.id} = :scan, scanned_at = :at, scan_count = scan_count + :one"
    if scan.out:
        # False when nobody is inside with it.
        inside = f"attribute_exists(inside.#{scan.zone_id})"
        conditions.append(inside)
        # Who leaves the event leaves all of its zones.
        everywhere = scan.zone_id == MAIN_ZONE
        expression = f"{sets}, inside = :nowhere" if everywhere else f"{sets} REMOVE inside.#{scan.zone_id}"
        if everywhere:
            values["nowhere"] = {}
    else:
        values |= {"valid": TicketStatus.VALID, "now": stamp(now)}
        conditions += [valid, kept, *_listed(rules, catalog, values), *_once_more(scan, catalog, values)]
        entry = f"inside.#{scan.zone_id} = :gate, entered.#{scan.zone_id} = :at, entries = entries + :one"
        values["gate"] = scan.gate_id or ""
        expression = f"{sets}, {entry}"
    return Update(attempt.named.key, expression, " AND ".join(conditions), values)


def has_capacity(catalog: Catalog) -> bool:
    """Say whether any gate or zone of an event counts who is inside."""
    gates, zones = catalog.gates.values(), catalog.zones.values()
    return any(gate.capacity for gate in gates) or any(zone.capacity for zone in zones)


def write_against(
    table: Table, catalog: Catalog, read: Ticket, after: Ticket, now: datetime, *, at_any_rate: bool = False
) -> None:
    """Write what the scans of a ticket have come to, if nothing has changed since it was read.

    With `at_any_rate` a gate or zone takes more than it has room for: they are inside, whatever is counted.
    Raises Moved, Full, Contention.
    """
    writes: list[Write] = [_scanned(read, after)]
    counts = _counts(catalog, read, after, at_any_rate=at_any_rate)
    writes += counts
    if read.transfer is not None and after.transfer is None:
        writes.append(ended_transfer(read, read.transfer.sequence, TransferStatus.CANCELLED, now))
    try:
        if len(writes) == 1:
            table.write(_scanned(read, after))
        else:
            table.transact(writes)
    except ConditionFailed as failed:
        raise Moved from failed
    except TransactionRefused as refused:
        only_counts = all(1 <= at <= len(counts) for at in refused.failed)
        raise (Full if only_counts else Moved) from refused


def _listed(rules: CheckInList, catalog: Catalog, values: dict[str, object]) -> list[str]:
    """Return the conditions that a list sets on whom it admits, and add their values."""
    conditions = []
    if tier_ids := admitted_tiers(rules, catalog):
        of_list = {f"tier{at}": tier_id for at, tier_id in enumerate(tier_ids)}
        # False when the list does not admit this tier.
        of_tier = " OR ".join(
            f"tier_id IN ({', '.join(f':{name}' for name in names)})"
            for names in batched(of_list, _MOST_OF_IN, strict=False)
        )
        conditions.append(f"({of_tier})")
        values |= of_list
    if rules.section_ids:
        # False when the seat is in another section, or there is none.
        of_section = {f"section{at}": f"{section}-" for at, section in enumerate(rules.section_ids)}
        sits_there = " OR ".join(f"begins_with(seat.id, :{name})" for name in of_section)
        conditions.append(f"({sits_there})")
        values |= of_section
    if rules.roles:
        # False when its holder is something else at the event.
        has_role = f"#role IN ({', '.join(f':role{at}' for at, _ in enumerate(rules.roles))})"
        conditions.append(has_role)
        values |= {f"role{at}": role for at, role in enumerate(rules.roles)}
    if rules.paid_only:
        # False when it was given out before its order was paid, and that is still to come.
        paid = "attribute_not_exists(unpaid)"
        conditions.append(paid)
    return conditions


def admitted_tiers(rules: CheckInList, catalog: Catalog) -> list[str]:
    """Return the tiers that a list admits; none for one that admits all."""
    of_categories = [tier.id for tier in catalog.tiers.values() if tier.category in rules.category_ids]
    if rules.category_ids and not of_categories and not rules.tier_ids:
        return ["of no category"]
    return sorted({*rules.tier_ids, *of_categories})


def _once_more(scan: ScanRecord, catalog: Catalog, values: dict[str, object]) -> list[str]:
    """Return the condition under which a list admits again."""
    match scan.again:
        case Again.NEVER:
            # False when it was used in this zone.
            unused = f"attribute_not_exists(entered.#{scan.zone_id})"
            return [unused]
        case Again.AFTER_EXIT:
            # False when somebody is inside with it.
            outside = f"attribute_not_exists(inside.#{scan.zone_id})"
            return [outside]
        case Again.NEXT_DAY:
            here = scan.at.astimezone(ZoneInfo(catalog.event.timezone))
            values["today"] = stamp(here.replace(hour=0, minute=0, second=0, microsecond=0, fold=0))
            entered = f"entered.#{scan.zone_id}"
            # False when it was used today.
            unused_today = f"(attribute_not_exists({entered}) OR {entered} < :today)"
            return [unused_today]
        case Again.ALWAYS:
            return []


def _scanned(read: Ticket, after: Ticket) -> Update:
    sets: dict[str, object] = {
        "scans": {name: scan.stored() for name, scan in after.scans.items()},
        "inside": after.inside,
        "entered": {zone: stamp(at) for zone, at in after.entered.items()},
        "entries": after.entries,
        "scan_count": after.scan_count,
    }
    if after.scanned_at is not None:
        sets["scanned_at"] = stamp(after.scanned_at)
    if after.settled is not None:
        sets["settled"] = after.settled.attributes()
    # False when another scan of it was taken since it was read.
    unscanned = "scan_count = :read"
    # False when it was suspended, cancelled or put right since it was read.
    same_status = "#status = :status"
    # False when it has changed hands since it was read.
    unmoved = "revision = :revision"
    # False when it was offered to somebody since it was read.
    unoffered = "offers = :offers"
    # False when an offer of it has ended since it was read.
    same_offer = "attribute_exists(transfer)" if read.transfer else "attribute_not_exists(transfer)"
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in sets)
    gone = [name for name in ("transfer", "scanned_at") if getattr(read, name) and not getattr(after, name)]
    if gone:
        expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
    return Update(
        keys.ticket(read.order_id, read.number),
        expression,
        " AND ".join([unscanned, same_status, unmoved, unoffered, same_offer]),
        sets
        | {
            "read": read.scan_count,
            "status": read.status,
            "revision": read.revision,
            "offers": read.offers,
        },
    )


def _counts(catalog: Catalog, read: Ticket, after: Ticket, *, at_any_rate: bool) -> list[Update]:
    """Return the writes that move the counts of those gates and zones that have a capacity."""
    moves = Counter(counted_places(catalog, after))
    moves.subtract(counted_places(catalog, read))
    # False when as many are inside as may be.
    has_room = "attribute_not_exists(#inside) OR #inside < :capacity"
    writes = []
    for place_id, more in sorted(moves.items()):
        values: dict[str, object] = {"kind": "inside", "more": more}
        limited = more > 0 and not at_any_rate
        if limited:
            values["capacity"] = _capacity(catalog, place_id)
        if more:
            key, change = keys.inside(catalog.event.id, place_id), "SET kind = :kind ADD #inside :more"
            writes.append(Update(key, change, has_room if limited else None, values))
    return writes


def counted_places(catalog: Catalog, ticket: Ticket) -> list[str]:
    """Return the gates and zones with a capacity that the holder of a ticket takes room of."""
    places = {*ticket.inside, *ticket.inside.values()}
    return [place_id for place_id in sorted(places) if _capacity(catalog, place_id) is not None]


def _capacity(catalog: Catalog, place_id: str) -> int | None:
    place = catalog.gates.get(place_id) or catalog.zones.get(place_id)
    return place.capacity if place else None
