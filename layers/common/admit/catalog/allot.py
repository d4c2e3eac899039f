"""Allotting: tickets of a tier are set apart as a stock of their own, made larger and smaller, and given
up."""

from collections.abc import Iterable
from datetime import datetime
from random import Random

from admit import keys
from admit.catalog.allotment import Allotment, AllotmentPatch, AllotmentSettings, AllotmentTerms
from admit.catalog.amend import Amendment, amend, made_before
from admit.catalog.catalog import Catalog
from admit.catalog.organization import takes_part
from admit.catalog.restock import opened
from admit.catalog.tier import Tier
from admit.errors import BelowSoldUnits, Fault, InUse, Invalid, NotFound, SoldOut
from admit.model import merged, request_hash
from admit.money import Money
from admit.stock.acquire import Short, chosen_by_sight
from admit.stock.claim import Claim, merged_claims
from admit.stock.resize import BelowSold, resize
from admit.stock.stock import left_in, look
from admit.store import Delete, Table, Write


def create_allotment(
    table: Table, catalog: Catalog, settings: AllotmentSettings, *, allotment_id: str, random: Random
) -> Allotment:
    """Set tickets apart; the same request again answers what it made. Raises Invalid, SoldOut."""
    hashed = request_hash(settings)

    def decide(catalog: Catalog) -> Amendment[Allotment]:
        if earlier := made_before(catalog.allotments, allotment_id, hashed):
            return Amendment(earlier, [])
        if settings.tier_id not in catalog.tiers:
            raise Invalid.field("tier_id", "is not a tier of this event")
        _refuse_currency(catalog, settings.terms)
        claims, takes = _claimed(table, catalog, catalog.tiers[settings.tier_id], settings.units, random)
        allotment = Allotment(
            **dict(settings),
            id=allotment_id,
            event_id=catalog.event.id,
            stock=opened(table, catalog, allotment_id, settings.units),
            claims=claims,
            request_hash=hashed,
        )
        joins = [takes_part(catalog.event.id, settings.company_id)] if settings.company_id else []
        return Amendment(allotment, [allotment.put(), *joins, *takes])

    return amend(table, catalog, decide)


def edit_allotment(
    table: Table, catalog: Catalog, allotment_id: str, patch: AllotmentPatch, *, random: Random
) -> Allotment:
    """Change title, terms or size: units come from the tier and go back to it.

    Raises NotFound, Invalid, SoldOut, BelowSoldUnits for fewer than are handed out already.
    """

    def decide(catalog: Catalog) -> Amendment[Allotment]:
        allotment = allotment_of(catalog, allotment_id)
        settings = merged(AllotmentSettings, allotment.model_dump(), patch)
        _refuse_currency(catalog, settings.terms)
        resized, writes = _resized(table, catalog, allotment, settings.units, random)
        update = {
            "title": settings.title,
            "terms": settings.terms,
            # Who says until when anew opens it again.
            "ended_at": None if "terms" in patch.model_fields_set else allotment.ended_at,
            "revision": allotment.revision + 1,
        }
        edited = resized.model_copy(update=update)
        return Amendment(edited, [edited.put().over(allotment.revision), *writes])

    return amend(table, catalog, decide)


def remove_allotment(table: Table, catalog: Catalog, allotment_id: str, *, random: Random) -> None:
    """Give an allotment up, of which nothing is handed out. Raises NotFound, InUse."""

    def decide(catalog: Catalog) -> Amendment[None]:
        allotment = allotment_of(catalog, allotment_id)
        try:
            _, writes = _resized(table, catalog, allotment, 0, random)
        except BelowSoldUnits as below:
            raise InUse("Tickets of this allotment are handed out; make it smaller instead.") from below
        # False when the allotment was changed since it was read.
        unchanged = "revision = :revision"
        gone = Delete(
            keys.allotment(allotment.event_id, allotment.id), unchanged, {"revision": allotment.revision}
        )
        return Amendment(None, [gone, *writes])

    amend(table, catalog, decide)


def release_rest(table: Table, catalog: Catalog, allotment_id: str, *, now: datetime, random: Random) -> None:
    """Give back to the tier what nobody has drawn, once the time for it is over; else do nothing."""

    def decide(catalog: Catalog) -> Amendment[None]:
        allotment = catalog.allotments.get(allotment_id)
        if allotment is None or allotment.due is None or allotment.due > now:
            return Amendment(None, [])
        left = left_in(table, [allotment.stock])[allotment.stock.id]
        resized, writes = _resized(table, catalog, allotment, allotment.units - left, random)
        ended = resized.model_copy(update={"ended_at": now, "revision": allotment.revision + 1})
        return Amendment(None, [ended.put().over(allotment.revision), *writes])

    amend(table, catalog, decide)


def allotment_of(catalog: Catalog, allotment_id: str) -> Allotment:
    """Raises NotFound."""
    if allotment_id not in catalog.allotments:
        raise NotFound("There is no such allotment.")
    return catalog.allotments[allotment_id]


def _refuse_currency(catalog: Catalog, terms: AllotmentTerms | None) -> None:
    currency = catalog.event.currency
    if terms and isinstance(terms.price, Money) and terms.price.currency != currency:
        raise Invalid.field("terms.price.currency", f"must be the event's, {currency}")


def _resized(
    table: Table, catalog: Catalog, allotment: Allotment, units: int, random: Random
) -> tuple[Allotment, list[Write]]:
    """Return the allotment with so many units, and the writes that make it so."""
    if units == allotment.units:
        return allotment, []
    try:
        stock, own = resize(allotment.stock, look(table, allotment.stock.all_keys()), allotment.units, units)
    except BelowSold as below:
        message = f"can't be below {below.taken}, which are handed out"
        raise BelowSoldUnits(faults=[Fault("units", message)]) from below
    if units > allotment.units:
        tier = catalog.tiers[allotment.tier_id]
        claims, takes = _claimed(table, catalog, tier, units - allotment.units, random)
        claims = merged_claims([*allotment.claims, *claims])
        also = takes
    else:
        claims, back = _parted(allotment.claims, allotment.units - units)
        also = [claim.give_back() for claim in back]
    resized = allotment.model_copy(update={"stock": stock, "units": units, "claims": claims})
    return resized, [*own, *also]


def _claimed(
    table: Table, catalog: Catalog, tier: Tier, units: int, random: Random
) -> tuple[list[Claim], list[Write]]:
    claims, takes = [], []
    for stock in catalog.stocks_of(tier) if units else []:
        try:
            chosen = chosen_by_sight(table, stock, units, random)
        except Short as short:
            raise SoldOut(f"There are not enough tickets left: {tier.title}.") from short
        claims += chosen
        takes += [stock.take(claim) for claim in chosen]
    return claims, [*takes]


def _parted(claims: Iterable[Claim], units: int) -> tuple[list[Claim], list[Claim]]:
    """Part claims into those that stay and those that go: so many units of each stock go."""
    kept, back = [], []
    going: dict[str, int] = {}
    for claim in claims:
        goes = min(claim.units, going.setdefault(claim.stock_id, units))
        going[claim.stock_id] -= goes
        if goes:
            back.append(claim.model_copy(update={"units": goes}))
        if goes < claim.units:
            kept.append(claim.model_copy(update={"units": claim.units - goes}))
    return kept, back
