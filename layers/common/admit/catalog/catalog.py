"""The catalog of one event: everything that one query of its item collection tells."""

from collections.abc import Mapping
from dataclasses import dataclass

from admit import keys
from admit.catalog.check_in_list import CheckInList
from admit.catalog.event import Event
from admit.catalog.tier import Category, Tier
from admit.errors import NotFound
from admit.model import Entity
from admit.stock.shard import Stock
from admit.store import Table


@dataclass(frozen=True)
class Catalog:
    event: Event
    categories: Mapping[str, Category]
    tiers: Mapping[str, Tier]
    lists: Mapping[str, CheckInList]

    def stocks_of(self, tier: Tier) -> list[Stock]:
        """Return every stock that a ticket of this tier is claimed from."""
        return [stock for stock in (tier.stock, self.event.stock) if stock is not None]

    def stocks(self) -> set[Stock]:
        return {stock for tier in self.tiers.values() for stock in self.stocks_of(tier)}

    def in_order(self) -> list[tuple[Category, list[Tier]]]:
        """Return the categories by position, each with its tiers by position."""
        return [
            (
                category,
                sorted(
                    (tier for tier in self.tiers.values() if tier.category == category.id),
                    key=lambda tier: (tier.position, tier.id),
                ),
            )
            for category in sorted(
                self.categories.values(), key=lambda category: (category.position, category.id)
            )
        ]


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
    )
