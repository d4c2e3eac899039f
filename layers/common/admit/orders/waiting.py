"""The waiting list of an event: who waits for how many tickets of which tiers, first come first.

What comes free is offered as a real hold with a deadline. A party that what is free does not suffice for
keeps its place, and a smaller one behind it is served.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Annotated, Literal

from pydantic import Field

from admit import ids, keys
from admit.catalog.catalog import Catalog
from admit.catalog.event import EventStatus
from admit.catalog.price import Quantity
from admit.catalog.tier import SaleState, Tier
from admit.clock import Instant, stamp
from admit.errors import (
    AlreadyWaiting,
    Fault,
    Invalid,
    LimitReached,
    Locked,
    NotFound,
    NotOnSale,
    StillAvailable,
    WrongState,
)
from admit.ids import digest
from admit.model import Email, Entity, Name, Shape
from admit.orders.price import Customer, LineRequest, price_lines
from admit.stock.acquire import Short, TooManyWrites, acquire
from admit.stock.claim import Claim
from admit.stock.stock import left_in
from admit.store import ConditionFailed, Key, Put, Table, TransactionRefused, Update, Write

_PAGE = 100
_MOST_OFFERS = 200
"""A round; the next one is a minute away."""


class WaitingStatus(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    EXPIRED = "expired"


class WaitRequest(Shape):
    """Who waits, for how many tickets together, and of which tiers: any of them will do, the first ones
    rather."""

    email: Email
    name: Name
    quantity: Quantity
    tier_ids: Annotated[list[str], Field(min_length=1, max_length=20)]
    passcodes: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=10)] = []
    """Of tiers that open with one; who has waited needs it no more."""


class WaitingEntry(Entity):
    id: str
    event_id: str
    email: str
    name: str
    quantity: int
    tier_ids: list[str]
    status: WaitingStatus = WaitingStatus.WAITING
    joined_at: Instant
    offers: int = 0
    """Counts the offers made at this address."""
    offered_tier: str | None = None
    offer_until: Instant | None = None
    claims: list[Claim] = []
    """What the offer holds, or held when it ended."""
    order_id: str | None = None
    kind: Literal["waiting"] = "waiting"
    request_hash: str

    @property
    def has_ended(self) -> bool:
        return self.status not in (WaitingStatus.WAITING, WaitingStatus.OFFERED)

    @property
    def key(self) -> Key:
        return keys.waiting_entry(self.event_id, self.id)

    def put(self) -> Put:
        """Return the write that joins; false while this address waits already."""
        indexes = {
            "gsi1pk": keys.waiting_of(self.event_id),
            "gsi1sk": keys.by_time(self.joined_at, self.id),
        }
        # False while this address waits, or when it has waited again since the entry was read.
        not_waiting = "attribute_not_exists(pk) OR (NOT #status IN (:waiting, :offered) AND offers = :offers)"
        return Put(
            self.key,
            self.attributes() | indexes,
            condition=not_waiting,
            values={
                "waiting": WaitingStatus.WAITING,
                "offered": WaitingStatus.OFFERED,
                "offers": self.offers,
            },
        )

    def offer(self, tier: Tier, claims: Sequence[Claim], until: datetime) -> Update:
        """Return the write that makes an offer."""
        # False when he has left, or was offered something, since the list was read.
        still_waiting = "#status = :waiting AND offers = :offers"
        return Update(
            self.key,
            "SET #status = :offered, claims = :claims, offered_tier = :tier, offer_until = :until, "
            "offers = offers + :one, gsi3pk = :gsi3pk, gsi3sk = :gsi3sk",
            condition=still_waiting,
            values={
                "waiting": WaitingStatus.WAITING,
                "offered": WaitingStatus.OFFERED,
                "offers": self.offers,
                "claims": [claim.attributes() for claim in claims],
                "tier": tier.id,
                "until": stamp(until),
                "one": 1,
                "gsi3pk": keys.due_of(self.id),
                "gsi3sk": keys.by_time(until, self.id),
            },
        )

    def end(self, to: WaitingStatus, now: datetime, order_id: str | None = None) -> Update:
        """Return the write that ends the waiting, or the offer with it. An offer is accepted in its time
        only."""
        # False when the offer was accepted, refused or ended by another since it was read.
        unchanged = "#status = :from AND offers = :offers"
        accepted = to is WaitingStatus.ACCEPTED
        values = {
            "from": WaitingStatus.OFFERED if accepted else self.status,
            "to": to,
            "offers": self.offers,
            "ended": keys.waited_of(self.event_id),
        }
        condition = unchanged
        if accepted:
            # False when the deadline has passed, though nobody has swept the offer away yet.
            in_time = "offer_until > :now"
            condition = f"{unchanged} AND {in_time}"
            values |= {"now": stamp(now), "order_id": order_id}
        order = ", order_id = :order_id" if accepted else ""
        return Update(
            self.key,
            f"SET #status = :to, gsi1pk = :ended{order} REMOVE gsi3pk, gsi3sk",
            condition=condition,
            values=values,
        )


class OrganizerWaitingView(Shape):
    """A place on the waiting list as the organizer sees it."""

    id: str
    email: str
    name: str
    quantity: int
    tier_ids: list[str]
    status: WaitingStatus
    joined_at: Instant
    offered_tier: str | None
    offer_until: Instant | None


class OfferRound(Shape):
    offers: int
    """How many offers were made."""


def organizer_waiting_view(entry: WaitingEntry) -> OrganizerWaitingView:
    return OrganizerWaitingView(**entry.model_dump(include=set(OrganizerWaitingView.model_fields)))


def join(
    table: Table,
    catalog: Catalog,
    request: WaitRequest,
    key: str,
    *,
    left: Mapping[str, int],
    now: datetime,
) -> WaitingEntry:
    """Put somebody on the waiting list, one entry an address; the same request under its key finds its entry.

    Raises NotOnSale, Invalid, LimitReached, StillAvailable, AlreadyWaiting.
    """
    event = catalog.event
    if event.status is not EventStatus.PUBLISHED or now >= event.ends_at or not event.waiting_list:
        raise NotOnSale("This event has no waiting list now.")
    _refuse_unfit(catalog, request, left, now)
    identifier = ids.derived_id(event.id, "waiting", event.guest(request.email))
    earlier = table.get(keys.waiting_entry(event.id, identifier))
    entry = WaitingEntry(
        **request.model_dump(exclude={"passcodes"}),
        id=identifier,
        event_id=event.id,
        joined_at=now,
        offers=int(earlier["offers"]) if earlier else 0,
        request_hash=digest("waiting", key, request.model_dump_json()),
    )
    head = {
        "kind": "waiting_list",
        "event_id": event.id,
        "gsi3pk": keys.due_of(event.id),
        "gsi3sk": keys.by_time(now, event.id),
    }
    # False when the sweep knows this list, and has not forgotten it since the event seemed over.
    unknown = "attribute_not_exists(gsi3pk)"
    with suppress(ConditionFailed):
        table.write(Put(keys.waiting_list(event.id), head, condition=unknown))
    try:
        table.write(entry.put())
    except ConditionFailed as failed:
        present = WaitingEntry.of(failed.old or {})
        # The key of an offer is for who reads the mail, not for who knows what was sent when joining.
        if present.request_hash != entry.request_hash or present.status is not WaitingStatus.WAITING:
            raise AlreadyWaiting from failed
        return present
    for tier in (catalog.tiers[tier_id] for tier_id in request.tier_ids):
        if catalog.remaining(tier, left) == 0:
            _mark(table, tier, waited_for=True)
    return entry


def offer_round(table: Table, catalog: Catalog, now: datetime, random: Random) -> int:
    """Offer what is free to those who wait, first come first; return how many offers were made.

    A tier of which nothing is left then is kept for who waits for it; any other is sold to everybody.
    """
    entries = [
        entry for entry in active_entries(table, catalog.event.id) if entry.status is WaitingStatus.WAITING
    ]
    left = left_in(table, catalog.limits())
    made = 0
    over = now >= catalog.event.ends_at
    waited_for: set[str] = set()
    for entry in entries:
        offers = catalog.event.status is EventStatus.PUBLISHED and not over and made < _MOST_OFFERS
        if offers and _offered(table, catalog, entry, left, now=now, random=random):
            made += 1
        else:
            waited_for.update(entry.tier_ids)
    for tier in catalog.tiers.values():
        kept = not over and tier.id in waited_for and catalog.remaining(tier, left) == 0
        if tier.waited_for != kept:
            _mark(table, tier, waited_for=kept)
    if over:
        _forget(table, catalog.event.id)
    return made


def end_entry(table: Table, entry: WaitingEntry, to: WaitingStatus, now: datetime) -> None:
    """End somebody's waiting; what an offer holds goes back, once. Raises WrongState when it has ended."""
    if entry.has_ended:
        raise WrongState(f"This place on the waiting list is {entry.status}.")
    held = entry.claims if entry.status is WaitingStatus.OFFERED else []
    try:
        table.transact([entry.end(to, now), *(claim.give_back() for claim in held)])
    except TransactionRefused as refused:
        raise WrongState("This place on the waiting list has changed meanwhile.") from refused


def load_entry(table: Table, event_id: str, entry_id: str) -> WaitingEntry:
    """Raises NotFound."""
    item = table.get(keys.waiting_entry(event_id, entry_id))
    if item is None:
        raise NotFound("There is no such place on the waiting list.")
    return WaitingEntry.of(item)


def active_entries(table: Table, event_id: str) -> list[WaitingEntry]:
    """Return who waits or has an offer, first come first."""
    entries: list[WaitingEntry] = []
    cursor: str | None = None
    while True:
        page = table.page("gsi1", keys.waiting_of(event_id), limit=_PAGE, cursor=cursor)
        entries += [WaitingEntry.of(item) for item in page.items]
        cursor = page.cursor
        if cursor is None:
            return entries


def _offered(
    table: Table,
    catalog: Catalog,
    entry: WaitingEntry,
    left: dict[str, int],
    *,
    now: datetime,
    random: Random,
) -> bool:
    """Offer the first of the tiers that somebody waits for and that has enough for his party."""
    until = now + timedelta(minutes=catalog.event.offer_minutes)
    for tier_id in entry.tier_ids:
        tier = catalog.tiers.get(tier_id)
        if tier is None or not tier.active or not _sells(tier, now):
            continue
        remaining = catalog.remaining(tier, left)
        if remaining is not None and remaining < entry.quantity:
            continue
        if not any(
            price.stock is None or left.get(price.stock.id, 0) >= entry.quantity
            for price in tier.valid_prices(now)
        ):
            continue
        stocks = catalog.stocks_of(tier)

        def compose(claims: Sequence[Claim], tier: Tier = tier) -> list[Write]:
            return [entry.offer(tier, claims, until)]

        try:
            acquire(table, dict.fromkeys(stocks, entry.quantity), compose, random)
        except (Short, TooManyWrites):  # or what is left lies in too many crumbs for one order
            continue
        except TransactionRefused:
            return False
        for stock in stocks:
            if stock.id in left:
                left[stock.id] -= entry.quantity
        return True
    return False


def _forget(table: Table, event_id: str) -> None:
    """Let the sweep look at the list of an event that is over no more."""
    # False when there is no such list.
    there = "attribute_exists(pk)"
    with suppress(ConditionFailed):
        table.write(Update(keys.waiting_list(event_id), "REMOVE gsi3pk, gsi3sk", condition=there, values={}))


def _sells(tier: Tier, now: datetime) -> bool:
    return tier.sale_state(now, available=None) in (SaleState.ON_SALE, SaleState.SOLD_OUT)


def _mark(table: Table, tier: Tier, *, waited_for: bool) -> None:
    """Say on a tier whether somebody waits for it."""
    # False when it says so already, or the tier is gone.
    differs = "attribute_exists(pk) AND (attribute_not_exists(waited_for) OR waited_for <> :waited_for)"
    try:
        table.write(
            Update(
                keys.tier(tier.event_id, tier.id),
                "SET waited_for = :waited_for ADD revision :one",
                condition=differs,
                values={"waited_for": waited_for, "one": 1},
            )
        )
    except ConditionFailed:
        return


def _refuse_unfit(catalog: Catalog, request: WaitRequest, left: Mapping[str, int], now: datetime) -> None:
    tiers = {at: catalog.tiers.get(tier_id) for at, tier_id in enumerate(request.tier_ids)}
    faults = [
        Fault(f"tier_ids[{at}]", "is not a ticket of this event")
        for at, tier in tiers.items()
        if tier is None or not tier.active
    ]
    if faults:
        raise Invalid(faults=faults)
    known = [tier for tier in tiers.values() if tier is not None]
    closed = [
        Fault(f"tier_ids[{at}]", "is not on sale now")
        for at, tier in enumerate(known)
        if not _sells(tier, now)
    ]
    if closed:
        raise NotOnSale(faults=closed)
    limits = [catalog.event.ticket_limit_per, *(tier.ticket_limit_per for tier in known)]
    most = min((limit for limit in limits if limit is not None), default=None)
    if most is not None and request.quantity > most:
        raise LimitReached(faults=[Fault("quantity", f"one guest may have {most} in all")])
    locked = [
        Fault(f"tier_ids[{at}]", "opens with a passcode")
        for at, tier in enumerate(known)
        if not tier.opens_with(request.passcodes)
    ]
    if locked:
        raise Locked(faults=locked)
    _refuse_priceless(catalog, request, now)
    for tier in known:
        remaining = catalog.remaining(tier, left)
        if not tier.waited_for and (remaining is None or remaining >= request.quantity):
            raise StillAvailable(f"{tier.title} can be bought now; there is nothing to wait for.")


def _refuse_priceless(catalog: Catalog, request: WaitRequest, now: datetime) -> None:
    """Refuse to let somebody wait for what he could not accept. Raises Invalid, and as `price_lines` does."""
    invited = [
        Fault(f"tier_ids[{at}]", "is sold by invitation, or with another ticket only")
        for at, tier_id in enumerate(request.tier_ids)
        if not catalog.tiers[tier_id].can_be_waited_for
    ]
    if invited:
        raise Invalid(faults=invited)
    for tier_id in request.tier_ids:
        line = LineRequest(tier_id=tier_id, quantity=request.quantity)
        price_lines(catalog, [line], now, Customer(offered=True))
