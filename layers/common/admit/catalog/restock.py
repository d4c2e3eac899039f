"""A limit of the catalog is changed together with the stock that keeps it."""

from admit.catalog.catalog import Catalog
from admit.catalog.event import EventStatus
from admit.errors import BelowSoldUnits, Fault
from admit.stock.resize import BelowSold, resize
from admit.stock.stock import MAX_SHARDS, Stock, look
from admit.store import Table, Write


def opened(
    table: Table, catalog: Catalog, owner: str, limit: int | None, *, most_shards: int = MAX_SHARDS
) -> Stock:
    """Return the stock of something new, not that of something earlier under its id: that is used up."""
    stock = Stock.opened(owner, limit, most_shards=most_shards)
    used = any(look(table, [stock.key(shard) for shard in range(MAX_SHARDS)]))
    return stock if not used else stock.model_copy(update={"id": f"{owner}~{catalog.event.revision}"})


def restock(
    table: Table,
    catalog: Catalog,
    stock: Stock,
    limit: int | None,
    to: int | None,
    *,
    field: str,
    most_shards: int = MAX_SHARDS,
) -> tuple[Stock, list[Write]]:
    """Return the stock under its new limit, and the writes that bring it there.

    While nothing can be claimed a new stock takes the place of the old one, spread as its limit asks for.
    Raises BelowSoldUnits, which names the field.
    """
    if limit == to:
        return stock, []
    if catalog.event.status is EventStatus.DRAFT and not catalog.allotments:
        owner = stock.id.partition("~")[0]
        return Stock.opened(f"{owner}~{catalog.event.revision}", to, most_shards=most_shards), []
    try:
        resized, writes = resize(stock, look(table, stock.all_keys()), limit, to)
    except BelowSold as below:
        message = f"can't be below {below.taken}, which are sold or held"
        raise BelowSoldUnits(faults=[Fault(field, message)]) from below
    return resized, [*writes]
