"""Discounts are added, changed and removed."""

from admit import keys
from admit.catalog.amend import Amendment, amend, made_before
from admit.catalog.catalog import Catalog
from admit.catalog.discount import Discount, DiscountPatch, DiscountSettings, most_shards
from admit.catalog.restock import opened, restock
from admit.errors import Fault, Invalid, NotFound, NotReady
from admit.model import merged, request_hash
from admit.store import Delete, Table

_MOST = 1_000


def create_discount(
    table: Table, catalog: Catalog, settings: DiscountSettings, *, discount_id: str
) -> Discount:
    """Add a discount; the same request again answers the one that it made. Raises Invalid."""
    hashed = request_hash(settings)

    def decide(catalog: Catalog) -> Amendment[Discount]:
        if earlier := made_before(catalog.discounts, discount_id, hashed):
            return Amendment(earlier, [])
        if len(catalog.discounts) >= _MOST:
            raise NotReady(f"An event holds {_MOST} discounts; remove old ones first.")
        most = most_shards(settings)
        uses = opened(table, catalog, f"{discount_id}#uses", settings.use_limit, most_shards=most)
        tickets = opened(table, catalog, f"{discount_id}#tickets", settings.ticket_limit, most_shards=most)
        discount = Discount(
            **settings.model_dump(),
            id=discount_id,
            event_id=catalog.event.id,
            uses=uses,
            tickets=tickets,
            request_hash=hashed,
        )
        _refuse_unfit(catalog, discount)
        return Amendment(discount, [discount.put()])

    return amend(table, catalog, decide)


def edit_discount(table: Table, catalog: Catalog, discount_id: str, patch: DiscountPatch) -> Discount:
    """Change what a patch names. Raises NotFound, Invalid, BelowSoldUnits."""

    def decide(catalog: Catalog) -> Amendment[Discount]:
        discount = discount_of(catalog, discount_id)
        settings = merged(DiscountSettings, discount.model_dump(), patch)
        most = most_shards(settings)
        uses, writes = restock(
            table,
            catalog,
            discount.uses,
            discount.use_limit,
            settings.use_limit,
            field="use_limit",
            most_shards=most,
        )
        tickets, more = restock(
            table,
            catalog,
            discount.tickets,
            discount.ticket_limit,
            settings.ticket_limit,
            field="ticket_limit",
            most_shards=most,
        )
        edited = discount.model_copy(
            update={name: getattr(settings, name) for name in DiscountSettings.model_fields}
            | {"uses": uses, "tickets": tickets, "revision": discount.revision + 1}
        )
        _refuse_unfit(catalog, edited)
        return Amendment(edited, [edited.put().over(discount.revision), *writes, *more])

    return amend(table, catalog, decide)


def remove_discount(table: Table, catalog: Catalog, discount_id: str) -> None:
    """Remove a discount; orders that have it keep it. Raises NotFound."""

    def decide(catalog: Catalog) -> Amendment[None]:
        discount = discount_of(catalog, discount_id)
        return Amendment(None, [Delete(keys.discount(discount.event_id, discount.id))])

    amend(table, catalog, decide)


def discount_of(catalog: Catalog, discount_id: str) -> Discount:
    """Raises NotFound."""
    if discount_id not in catalog.discounts:
        raise NotFound("There is no such discount.")
    return catalog.discounts[discount_id]


def _refuse_unfit(catalog: Catalog, discount: Discount) -> None:
    faults = [
        Fault(f"tier_ids[{at}]", "is not a tier of this event")
        for at, tier_id in enumerate(discount.tier_ids)
        if tier_id not in catalog.tiers
    ]
    if discount.amount is not None and discount.amount.currency != catalog.event.currency:
        faults.append(Fault("amount.currency", f"must be the event's, {catalog.event.currency}"))
    others = (other for other in catalog.discounts.values() if other.id != discount.id)
    if discount.code is not None and any(other.has_code(discount.code) for other in others):
        faults.append(Fault("code", "is the code of another discount"))
    if faults:
        raise Invalid(faults=faults)
