"""What is set apart for a company, as its relays see it."""

from collections.abc import Callable, Iterable

from admit.catalog.allotment import Allotment, AllotmentTerms
from admit.catalog.catalog import Catalog
from admit.catalog.view import EventBrief, event_brief
from admit.clock import Instant
from admit.model import Shape
from admit.money import Money
from admit.orders.allotted import closed
from admit.stock.stock import left_in
from admit.store import Table


class PortalAllotment(Shape):
    id: str
    title: str
    event: EventBrief
    tier_id: str
    tier_title: str
    units: int
    left: int
    """How many its relays may still draw."""
    terms: AllotmentTerms | None
    unit: Money | None
    """What each ticket costs; null while the organizer says that with each order."""
    open: bool
    """Whether tickets can be drawn now."""


def portal_allotments(
    table: Table, allotments: Iterable[Allotment], catalog_of: Callable[[str], Catalog], now: Instant
) -> list[PortalAllotment]:
    """Show allotments, those of one event together, the events by start."""
    known = [(one, catalog_of(one.event_id)) for one in allotments]
    left = left_in(table, [allotment.stock for allotment, _ in known])
    views = [_view(catalog, allotment, left[allotment.stock.id], now) for allotment, catalog in known]
    return sorted(views, key=lambda view: (view.event.starts_at, view.event.id, view.title, view.id))


def _view(catalog: Catalog, allotment: Allotment, left: int, now: Instant) -> PortalAllotment:
    tier = catalog.tiers.get(allotment.tier_id)
    return PortalAllotment(
        id=allotment.id,
        title=allotment.title,
        event=event_brief(catalog.event),
        tier_id=allotment.tier_id,
        tier_title=tier.title if tier else "",
        units=allotment.units,
        left=left,
        terms=allotment.terms,
        unit=_unit(catalog, allotment),
        open=left > 0 and closed(catalog, allotment, now) is None,
    )


def _unit(catalog: Catalog, allotment: Allotment) -> Money | None:
    tier = catalog.tiers.get(allotment.tier_id)
    if allotment.terms is None or tier is None:
        return None
    if allotment.terms.unit is not None:
        return Money(amount=allotment.terms.unit, currency=catalog.event.currency)
    return tier.prices[0].amount if tier.prices else None
