"""The catalog of one event: everything that one query of its item collection tells."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from admit import keys
from admit.catalog.allotment import Allotment
from admit.catalog.check_in_list import CheckInList
from admit.catalog.discount import Discount
from admit.catalog.event import Event
from admit.catalog.gate import Gate
from admit.catalog.mail_text import MailText
from admit.catalog.organization import Organization
from admit.catalog.price import Audience
from admit.catalog.question import Question
from admit.catalog.quota import Quota
from admit.catalog.seating import SeatChoice, Seating
from admit.catalog.tier import Category, Tier
from admit.catalog.zone import MAIN_ZONE, Zone
from admit.errors import NotFound
from admit.model import Entity
from admit.stock.stock import Stock, units_of
from admit.store import Table


@dataclass(frozen=True)
class Catalog:
    event: Event
    categories: Mapping[str, Category]
    tiers: Mapping[str, Tier]
    lists: Mapping[str, CheckInList]
    gates: Mapping[str, Gate] = field(default_factory=dict)
    zones: Mapping[str, Zone] = field(default_factory=dict)
    """Those that were set up, in which the event as a whole need not be."""
    discounts: Mapping[str, Discount] = field(default_factory=dict)
    quotas: Mapping[str, Quota] = field(default_factory=dict)
    allotments: Mapping[str, Allotment] = field(default_factory=dict)
    organizations: Mapping[str, Organization] = field(default_factory=dict)
    """By company."""
    questions: Mapping[str, Question] = field(default_factory=dict)
    mail_texts: Mapping[tuple[str, str], MailText] = field(default_factory=dict)
    """The event's own wordings of mails, by kind and language."""
    seating: Seating | None = None
    """How it is seated, if it has a plan."""

    def zone(self, zone_id: str) -> Zone | None:
        """Return a zone, which the event as a whole always is, by its own title."""
        zone = self.zones.get(zone_id)
        if zone_id != MAIN_ZONE:
            return zone
        title = self.event.title
        if zone is None:
            return Zone(id=MAIN_ZONE, event_id=self.event.id, title=title)
        return zone.model_copy(update={"title": title})

    def seats_tier(self, tier_id: str) -> bool:
        """Say whether tickets of a tier have seats."""
        return self.seat_choice(tier_id) is not None

    def seat_choice(self, tier_id: str) -> SeatChoice | None:
        """Return how tickets of a tier get their seats, if they have any."""
        return self.seating.choice if self.seating and self.seating.seats_tier(tier_id) else None

    def stocks_of(self, tier: Tier) -> list[Stock]:
        """Return every stock that a ticket of this tier is claimed from, whatever its price."""
        shared = [self.quotas[quota_id].stock for quota_id in tier.quotas]
        return [tier.stock, *shared, *([] if tier.add_on_of else [self.event.stock])]

    def limits(self) -> dict[Stock, int]:
        """Return the stocks that can run out, each with its limit."""
        limits = {quota.stock: quota.limit for quota in self.quotas.values()}
        if self.event.capacity is not None:
            limits[self.event.stock] = self.event.capacity
        for tier in self.tiers.values():
            if tier.ticket_limit is not None:
                limits[tier.stock] = tier.ticket_limit
            for price in tier.prices:
                if price.stock is not None and price.quantity is not None:
                    limits[price.stock] = price.quantity
        # A code is looked at when it is used: there may be a thousand of them.
        for discount in (one for one in self.discounts.values() if one.code is None):
            if discount.use_limit is not None:
                limits[discount.uses] = discount.use_limit
            if discount.ticket_limit is not None:
                limits[discount.tickets] = discount.ticket_limit
        return limits

    def all_limits(self) -> dict[Stock, int]:
        """Return every stock of the event with the units that it has in all."""
        limits = {self.event.stock: units_of(self.event.capacity)}
        for tier in self.tiers.values():
            limits[tier.stock] = units_of(tier.ticket_limit)
        for discount in self.discounts.values():
            limits[discount.uses] = units_of(discount.use_limit)
            limits[discount.tickets] = units_of(discount.ticket_limit)
        for allotment in self.allotments.values():
            limits[allotment.stock] = allotment.units
        return limits | self.limits()

    def remaining(self, tier: Tier, left: Mapping[str, int]) -> int | None:
        """Return how many of a tier can be had, by what is left in the stocks that can run out."""
        return min((left[stock.id] for stock in self.stocks_of(tier) if stock.id in left), default=None)

    def is_for_company(self, audience: Audience, company_id: str | None) -> bool:
        """Say whether a price for certain companies, or for all of a role, is for this one."""
        organization = self.organizations.get(company_id or "")
        return company_id in audience.company_ids or (
            organization is not None and organization.role in audience.roles
        )

    def terms_for(self, company_id: str | None) -> Event:
        """Return the event with the terms of invoices that it has for this company."""
        organization = self.organizations.get(company_id or "")
        if organization is None:
            return self.event
        agreed = organization.model_dump(include={"invoice_policy", "invoice_days"}, exclude_none=True)
        return self.event.model_copy(update=agreed)

    def in_order(self) -> list[tuple[Category, list[Tier]]]:
        """Return the categories by position, each with its tiers by position."""
        return [
            (category, self.tiers_in(category.id))
            for category in sorted(
                self.categories.values(), key=lambda category: (category.position, category.id)
            )
        ]

    def tiers_in(self, category_id: str | None) -> list[Tier]:
        """Return the tiers of a category by position, or those that are in none."""
        tiers = (tier for tier in self.tiers.values() if tier.category == category_id)
        return sorted(tiers, key=lambda tier: (tier.position, tier.id))


def load_catalog(table: Table, event_id: str) -> Catalog:
    """Read the catalog of an event with one query. Raises NotFound."""
    items = table.query(keys.event(event_id).pk)

    def all_of[E: Entity](model: type[E], kind: str) -> list[E]:
        return [model.of(item) for item in items if item["kind"] == kind]

    events = all_of(Event, "event")
    if not events:
        raise NotFound("There is no such event.")
    return Catalog(
        event=events[0],
        categories={category.id: category for category in all_of(Category, "category")},
        tiers={tier.id: tier for tier in all_of(Tier, "tier")},
        lists={check_in_list.id: check_in_list for check_in_list in all_of(CheckInList, "list")},
        gates={gate.id: gate for gate in all_of(Gate, "gate")},
        zones={zone.id: zone for zone in all_of(Zone, "zone")},
        discounts={discount.id: discount for discount in all_of(Discount, "discount")},
        quotas={quota.id: quota for quota in all_of(Quota, "quota")},
        allotments={allotment.id: allotment for allotment in all_of(Allotment, "allotment")},
        organizations={one.company_id: one for one in all_of(Organization, "organization")},
        questions={question.id: question for question in all_of(Question, "question")},
        mail_texts={(text.mail_kind, text.language): text for text in all_of(MailText, "mail_text")},
        seating=next(iter(all_of(Seating, "seating")), None),
    )
