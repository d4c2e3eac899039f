"""Tiers are added, changed and removed."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from admit import keys
from admit.catalog.amend import Amendment, amend, made_before
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.create import zero_price
from admit.catalog.edit_whitelist import clear_whitelist, set_whitelist, store_whitelist
from admit.catalog.event import EventStatus
from admit.catalog.price import Price, PriceSettings
from admit.catalog.restock import opened, restock
from admit.catalog.tier import Tier, TierPatch, TierSettings, passcode_hash
from admit.errors import DefaultTier, Fault, InUse, Invalid, NotFound, NotReady
from admit.ids import NewId
from admit.model import merged, request_hash
from admit.stock.resize import drained
from admit.stock.stock import Stock, look, units_of
from admit.store import Delete, Table, TransactionRefused, Write

_NOT_STORED = {"default", "prices", "position", "passcode", "limited_whitelist_users"}


def create_tier(
    table: Table, catalog: Catalog, settings: TierSettings, *, tier_id: str, new_id: NewId
) -> Tier:
    """Add a tier; the same request again answers the one that it made.

    Raises Invalid, NotReady, IdempotencyConflict.
    """
    hashed = request_hash(settings)
    listed = {entry.name: entry for entry in settings.limited_whitelist_users}.values()

    def decide(catalog: Catalog) -> Amendment[Tier]:
        if earlier := made_before(catalog.tiers, tier_id, hashed):
            return Amendment(earlier, [])
        if settings.default:
            raise Invalid.field("default", "is read only: the default tier came with the event")
        tier = _tier(
            catalog,
            settings,
            tier_id=tier_id,
            prices=_new_prices(catalog, settings.prices, new_id),
            stock=opened(table, catalog, tier_id, settings.ticket_limit),
            whitelist_size=len(listed),
        )
        tier = tier.model_copy(
            update={
                "position": _position(catalog, tier, settings.position),
                "request_hash": hashed,
                "whitelist_domains": sorted(entry.domain for entry in listed if entry.domain),
            }
        )
        _refuse_unfit(catalog, tier)
        return Amendment(tier, [tier.put()])

    # Entries of a tier that is not there yet mean nothing to anybody; one that is there keeps its own.
    with suppress(TransactionRefused):
        store_whitelist(table, catalog.event.id, tier_id, listed, before=keys.tier(catalog.event.id, tier_id))
    return amend(table, catalog, decide)


def edit_tier(table: Table, catalog: Catalog, tier_id: str, patch: TierPatch, *, new_id: NewId) -> Tier:
    """Change what a patch names; prices and the whitelist are replaced as a whole.

    A price that is kept goes by its id. Raises NotFound, Invalid, NotReady, DefaultTier, BelowSoldUnits.
    """

    def decide(catalog: Catalog) -> Amendment[Tier]:
        tier = tier_of(catalog, tier_id)
        settings = _patched(tier, patch)
        if patch.default is not None and patch.default != tier.default:
            raise Invalid.field("default", "is read only: the default tier came with the event")
        writes: list[Write] = []
        prices = tier.prices
        if "prices" in patch.model_fields_set:
            prices, writes = _replaced_prices(table, catalog, tier, settings.prices, new_id)
        stock, restocking = restock(
            table, catalog, tier.stock, tier.ticket_limit, settings.ticket_limit, field="ticket_limit"
        )
        edited = _tier(
            catalog,
            settings,
            tier_id=tier_id,
            prices=prices,
            stock=stock,
            default=tier.default,
            whitelist_size=tier.whitelist_size,
        )
        kept = {"whitelist_domains", "waited_for", "request_hash"}
        edited = edited.model_copy(
            update={name: getattr(tier, name) for name in kept}
            | {
                "position": tier.position if patch.position is None else patch.position,
                "passcode_hash": edited.passcode_hash
                if "passcode" in patch.model_fields_set
                else tier.passcode_hash,
                "revision": tier.revision + 1,
            }
        )
        _refuse_unfit(catalog, edited)
        _refuse_late(catalog, tier, edited)
        return Amendment(edited, [edited.put().over(tier.revision), *writes, *restocking])

    if patch.limited_whitelist_users is not None:
        tier = tier_of(catalog, tier_id)
        settings = _patched(tier, patch)
        users = settings.limited_whitelist_users
        listed = tier.model_copy(update={"whitelist_size": len(users)})
        decide(replace(catalog, tiers={**catalog.tiers, tier_id: listed}))  # What is refused leaves the list.
        set_whitelist(table, catalog, tier_id, users, limited=settings.limited)
        catalog = load_catalog(table, catalog.event.id)
    return amend(table, catalog, decide)


def remove_tier(table: Table, catalog: Catalog, tier_id: str) -> None:
    """Remove a tier that nobody has or holds a ticket of. Raises NotFound, DefaultTier, InUse.

    All of its stock is claimed away with it, so that no order can come in between. Its whitelist goes after
    it.
    """

    def decide(catalog: Catalog) -> Amendment[None]:
        tier = tier_of(catalog, tier_id)
        if tier.default:
            raise DefaultTier
        _refuse_referred_to(catalog, tier)
        writes: list[Write] = []
        if catalog.event.status is not EventStatus.DRAFT:
            left = tier.stock.left(look(table, tier.stock.all_keys()))
            if sum(left) < units_of(tier.ticket_limit):
                raise InUse("Tickets of this tier are sold or held; make it inactive instead.")
            writes = list(drained(tier.stock, left, sum(left)))
        # False when the tier was changed since it was read.
        unchanged = "revision = :revision"
        gone = Delete(keys.tier(tier.event_id, tier.id), unchanged, {"revision": tier.revision})
        return Amendment(None, [gone, *writes])

    amend(table, catalog, decide)
    clear_whitelist(table, tier_id)


def tier_of(catalog: Catalog, tier_id: str) -> Tier:
    """Raises NotFound."""
    if tier_id not in catalog.tiers:
        raise NotFound("There is no such tier.")
    return catalog.tiers[tier_id]


def _tier(
    catalog: Catalog,
    settings: TierSettings,
    *,
    tier_id: str,
    prices: list[Price],
    stock: Stock,
    whitelist_size: int,
    default: bool = False,
) -> Tier:
    """Write up a tier; being limited makes it private and in need of approval."""
    fields = settings.model_dump(exclude=_NOT_STORED)
    if settings.limited:
        fields |= {"private": True, "approval_required": True}
    return Tier(
        **fields,
        id=tier_id,
        event_id=catalog.event.id,
        default=default,
        prices=prices,
        stock=stock,
        passcode_hash=None if settings.passcode is None else passcode_hash(settings.passcode, tier_id),
        whitelist_size=whitelist_size,
    )


def _position(catalog: Catalog, tier: Tier, asked: int | None) -> int:
    if asked is not None:
        return asked
    return 1 + max((other.position for other in catalog.tiers_in(tier.category)), default=-1)


def _patched(tier: Tier, patch: TierPatch) -> TierSettings:
    """Return a tier's settings with what a patch names changed. Raises Invalid."""
    prices = [price.model_dump(include=set(PriceSettings.model_fields)) for price in tier.prices]
    return merged(TierSettings, tier.model_dump(exclude={"prices"}) | {"prices": prices}, patch)


def _new_prices(catalog: Catalog, asked: Sequence[PriceSettings] | None, new_id: NewId) -> list[Price]:
    if asked is None:
        return [zero_price(new_id(), catalog.event.currency)]
    faults = [Fault(f"prices[{at}].id", "is not known yet") for at, price in enumerate(asked) if price.id]
    if faults:
        raise Invalid(faults=faults)
    return [Price.of_settings(price, new_id) for price in asked]


def _replaced_prices(
    table: Table, catalog: Catalog, tier: Tier, asked: Sequence[PriceSettings] | None, new_id: NewId
) -> tuple[list[Price], list[Write]]:
    """Return the prices that take the place of a tier's present ones, and what their quantities write."""
    present = {price.id: price for price in tier.prices}
    prices: list[Price] = []
    writes: list[Write] = []
    for at, settings in enumerate(asked or []):
        price = Price.of_settings(settings, new_id)
        if settings.id is not None:
            if settings.id not in present or settings.id in {price.id for price in prices}:
                raise Invalid.field(f"prices[{at}].id", "is not a price of this tier, or there twice")
            earlier = present[settings.id]
            on_sale = catalog.event.status is not EventStatus.DRAFT
            if price.quantity is not None and earlier.stock is None and on_sale:
                raise Invalid.field(
                    f"prices[{at}].quantity", "can't be given to a price that sells without one; add a price"
                )
            if price.quantity is not None and earlier.stock is not None:
                stock, restocking = restock(
                    table,
                    catalog,
                    earlier.stock,
                    earlier.quantity,
                    price.quantity,
                    field=f"prices[{at}].quantity",
                )
                price = price.model_copy(update={"stock": stock})
                writes += restocking
        prices.append(price)
    return prices, writes


def _refuse_unfit(catalog: Catalog, tier: Tier) -> None:
    """Refuse what can't be right beside the rest of the catalog, every field at once."""
    others = [other for other in catalog.tiers.values() if other.id != tier.id]
    faults = []
    if tier.category is not None and tier.category not in catalog.categories:
        faults.append(Fault("category", "is not a category of this event"))
    for at, price in enumerate(tier.prices):
        if price.amount.currency != catalog.event.currency:
            faults.append(
                Fault(f"prices[{at}].amount.currency", f"must be the event's, {catalog.event.currency}")
            )
    faults += [
        Fault(f"quotas[{at}]", "is not a quota of this event")
        for at, quota_id in enumerate(tier.quotas)
        if quota_id not in catalog.quotas
    ]
    taken = {external for other in others for external in other.external_ids}
    faults += [
        Fault(f"external_ids[{at}]", "belongs to another tier of this event")
        for at, external in enumerate(tier.external_ids)
        if external in taken
    ]
    if tier.add_on_of is not None:
        parent = catalog.tiers.get(tier.add_on_of)
        if parent is None or parent.id == tier.id or parent.add_on_of is not None or tier.default:
            faults.append(Fault("add_on_of", "must be another tier of this event that is no add-on itself"))
        if any(other.add_on_of == tier.id for other in others):
            faults.append(Fault("add_on_of", "can't be set: other tiers are add-ons of this one"))
    if faults:
        raise Invalid(faults=faults)
    if tier.default and any(price.amount.amount or price.floor for price in tier.prices):
        raise DefaultTier(faults=[Fault("prices", "of the default tier stay zero")])
    _refuse_unready(tier)


def _refuse_unready(tier: Tier) -> None:
    faults = []
    if tier.active and not tier.prices:
        faults.append(Fault("prices", "an active tier needs at least one price"))
    if tier.active and tier.category is None:
        faults.append(Fault("category", "an active tier needs a category"))
    if tier.limited and not tier.whitelist_size:
        faults.append(Fault("limited_whitelist_users", "a limited tier needs a whitelist"))
    if faults:
        raise NotReady(faults=faults)


def _refuse_late(catalog: Catalog, tier: Tier, edited: Tier) -> None:
    """Refuse what would leave tickets that are sold or set apart already uncounted."""
    set_apart = any(allotment.tier_id == tier.id for allotment in catalog.allotments.values())
    if catalog.event.status is EventStatus.DRAFT and not set_apart:
        return
    faults = [
        Fault(name, "can't change any more: tickets that are sold or set apart would not count")
        for name in ("quotas", "add_on_of")
        if getattr(tier, name) != getattr(edited, name)
    ]
    if faults:
        raise Invalid(faults=faults)


def _refuse_referred_to(catalog: Catalog, tier: Tier) -> None:
    users = [
        *(f"discount {d.title}" for d in catalog.discounts.values() if tier.id in d.tier_ids),
        *(f"add-on {other.title}" for other in catalog.tiers.values() if other.add_on_of == tier.id),
        *(f"allotment {a.title}" for a in catalog.allotments.values() if a.tier_id == tier.id),
        *(f"check-in list {one.title}" for one in catalog.lists.values() if tier.id in one.tier_ids),
        *(f"question {one.title}" for one in catalog.questions.values() if tier.id in one.tier_ids),
        *(["the seating plan"] if catalog.seats_tier(tier.id) else []),
    ]
    if users:
        raise InUse(f"Something else names this tier: {', '.join(users)}.")
