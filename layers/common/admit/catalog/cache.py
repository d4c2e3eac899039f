"""Catalogs in memory, so that the hot paths read none."""

from datetime import timedelta

from admit import keys
from admit.cache import Cache
from admit.catalog.catalog import Catalog, load_catalog
from admit.clock import Clock
from admit.errors import NotFound
from admit.stock.stock import Stock, left_in
from admit.store import Table

_AGE = timedelta(seconds=5)


class CatalogCache:
    """Catalogs, and what is left of their stocks for display, up to five seconds old."""

    def __init__(self, table: Table, clock: Clock) -> None:
        def event_id(slug: str) -> str:
            item = table.get(keys.slug(slug))
            if item is None:
                raise NotFound("There is no such event.")
            return str(item["event_id"])

        self._event_ids = Cache(event_id, _AGE, clock)
        self._catalogs: Cache[str, Catalog] = Cache(
            lambda event_id: load_catalog(table, event_id), _AGE, clock
        )
        self._left: Cache[tuple[Stock, ...], dict[str, int]] = Cache(
            lambda stocks: left_in(table, stocks), _AGE, clock
        )

    def by_slug(self, slug: str) -> Catalog:
        """Return the catalog of the event with this slug. Raises NotFound."""
        return self.by_id(self._event_ids.get(slug))

    def by_id(self, event_id: str) -> Catalog:
        """Raises NotFound."""
        return self._catalogs.get(event_id)

    def left(self, catalog: Catalog) -> dict[str, int]:
        """Return about how much is left of each stock that can run out: for display, never to decide."""
        return self._left.get(tuple(sorted(catalog.limits(), key=lambda stock: stock.id)))
