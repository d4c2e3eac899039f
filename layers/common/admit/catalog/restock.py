"""A limit of the catalog is changed together with the stock that keeps it."""

from admit.catalog.catalog import Catalog
from admit.catalog.event import EventStatus
from admit.errors import BelowSoldUnits, Fault
from admit.stock.resize import BelowSold, resize
from admit.stock.stock import Stock, look
from admit.store import Table, Write


def restock(
    table: Table, catalog: Catalog, stock: Stock, limit: int | None, to: int | None, *, field: str
) -> tuple[Stock, list[Write]]:
    """Return the stock under its new limit, and the writes that bring it there.

    While nothing can be claimed a new stock takes the place of the old one, spread as its limit asks for.
    Raises BelowSoldUnits, which names the field.
    """
    if limit == to:
        return stock, []
    if catalog.event.status is EventStatus.DRAFT and not catalog.allotments:
        owner = stock.id.partition("~")[0]
        return Stock.opened(f"{owner}~{catalog.event.revision}", to), []
    try:
        resized, writes = resize(stock, look(table, stock.all_keys()), limit, to)
    except BelowSold as below:
        message = f"can't be below {below.taken}, which are sold or held"
        raise BelowSoldUnits(faults=[Fault(field, message)]) from below
    return resized, [*writes]
