"""Publishing: everything is checked at once, the shard counts are fixed and the stock is opened."""

from admit import keys
from admit.catalog.catalog import Catalog
from admit.catalog.event import EventStatus
from admit.errors import Fault, NotReady, WrongState
from admit.stock.shard import opening, shards_for
from admit.store import MOST_WRITES, Table, TransactionRefused, Update, Write


def publish(table: Table, catalog: Catalog) -> Catalog:
    """Open an event for orders in one transaction. Raises NotReady with every reason, WrongState.
    Publishing again changes nothing.

    A crash leaves either a draft without stock or a published event with all of it.
    """
    event = catalog.event
    if event.status is EventStatus.PUBLISHED:
        return catalog
    if event.status is not EventStatus.DRAFT:
        raise WrongState("Only a draft can be published.")
    _refuse_unready(catalog)

    most_shards = shards_for(event.capacity)
    writes = _opening_writes(catalog, most_shards)
    while len(writes) > MOST_WRITES and most_shards > 1:
        most_shards -= 1
        writes = _opening_writes(catalog, most_shards)
    if len(writes) > MOST_WRITES:
        raise NotReady(faults=[Fault("tiers", "are more limited ones than one event can open; merge some")])
    try:
        table.transact(writes)
    except TransactionRefused as refused:
        raise WrongState("The event was changed meanwhile; look at it again.") from refused
    published = event.model_copy(update={"status": EventStatus.PUBLISHED, "shards": most_shards})
    tiers = {tier.id: tier.on_sale(most_shards) for tier in catalog.tiers.values()}
    return Catalog(published, catalog.categories, tiers, catalog.lists)


def _opening_writes(catalog: Catalog, most_shards: int) -> list[Write]:
    event = catalog.event
    # False when the event was published or changed since it was read.
    still_this_draft = "#status = :draft AND revision = :revision"
    published = event.model_copy(update={"status": EventStatus.PUBLISHED, "shards": most_shards})
    writes: list[Write] = [
        Update(
            keys.event(event.id),
            "SET #status = :published, shards = :shards",
            condition=still_this_draft,
            values={
                "draft": EventStatus.DRAFT,
                "published": EventStatus.PUBLISHED,
                "shards": most_shards,
                "revision": event.revision,
            },
        )
    ]
    if published.stock is not None:
        writes += opening(published.stock, event.capacity or 0)
    for tier in catalog.tiers.values():
        selling = tier.on_sale(most_shards)
        if selling.stock is None:
            continue
        # False when the tier was changed since it was read, so that its stock would be another's.
        unchanged = "revision = :revision"
        writes.append(
            Update(
                keys.tier(event.id, tier.id),
                "SET stock_shards = :shards",
                condition=unchanged,
                values={"shards": selling.stock.shards, "revision": tier.revision},
            )
        )
        writes += selling.opening()
    return writes


def _refuse_unready(catalog: Catalog) -> None:
    faults = []
    active = [tier for tier in catalog.tiers.values() if tier.active]
    if not active:
        faults.append(Fault("tiers", "at least one must be active"))
    for tier in active:
        if not tier.prices:
            faults.append(Fault(f"tiers[{tier.id}].prices", "an active tier needs at least one price"))
        if tier.category not in catalog.categories:
            faults.append(
                Fault(f"tiers[{tier.id}].category", "an active tier needs a category of this event")
            )
    if faults:
        raise NotReady(faults=faults)
