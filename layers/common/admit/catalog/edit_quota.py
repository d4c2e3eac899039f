"""Quotas are added, changed and, when no tier draws on them, removed."""

from admit import keys
from admit.catalog.amend import Amendment, amend, made_before
from admit.catalog.catalog import Catalog
from admit.catalog.quota import Quota, QuotaPatch, QuotaSettings
from admit.catalog.restock import opened, restock
from admit.errors import InUse, NotFound
from admit.model import merged, request_hash
from admit.store import Delete, Table


def create_quota(table: Table, catalog: Catalog, settings: QuotaSettings, *, quota_id: str) -> Quota:
    """Add a quota; the same request again answers the one that it made."""
    hashed = request_hash(settings)

    def decide(catalog: Catalog) -> Amendment[Quota]:
        if earlier := made_before(catalog.quotas, quota_id, hashed):
            return Amendment(earlier, [])
        quota = Quota(
            **dict(settings),
            id=quota_id,
            event_id=catalog.event.id,
            stock=opened(table, catalog, quota_id, settings.limit),
            request_hash=hashed,
        )
        return Amendment(quota, [quota.put()])

    return amend(table, catalog, decide)


def edit_quota(table: Table, catalog: Catalog, quota_id: str, patch: QuotaPatch) -> Quota:
    """Change what a patch names. Raises NotFound, Invalid, BelowSoldUnits."""

    def decide(catalog: Catalog) -> Amendment[Quota]:
        quota = _quota(catalog, quota_id)
        settings = merged(QuotaSettings, quota.model_dump(), patch)
        stock, writes = restock(table, catalog, quota.stock, quota.limit, settings.limit, field="limit")
        edited = quota.model_copy(update=dict(settings) | {"stock": stock, "revision": quota.revision + 1})
        return Amendment(edited, [edited.put().over(quota.revision), *writes])

    return amend(table, catalog, decide)


def remove_quota(table: Table, catalog: Catalog, quota_id: str) -> None:
    """Remove a quota that no tier draws on. Raises NotFound, InUse."""

    def decide(catalog: Catalog) -> Amendment[None]:
        quota = _quota(catalog, quota_id)
        users = [tier.title for tier in catalog.tiers.values() if quota_id in tier.quotas]
        if users:
            raise InUse(f"Tiers draw on this quota: {', '.join(users)}.")
        zones = catalog.seating.zones if catalog.seating else []
        if any(zone.quota_id == quota_id for zone in zones):
            raise InUse("A zone of the seating plan rests on this quota; take it out of the plan first.")
        return Amendment(None, [Delete(keys.quota(quota.event_id, quota.id))])

    amend(table, catalog, decide)


def _quota(catalog: Catalog, quota_id: str) -> Quota:
    if quota_id not in catalog.quotas:
        raise NotFound("There is no such quota.")
    return catalog.quotas[quota_id]
