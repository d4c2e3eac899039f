"""A tier's whitelist is replaced, or changed by what is added and removed, in steps that each hold by
themselves."""

from collections.abc import Iterable, Sequence
from itertools import batched
from typing import Annotated

from pydantic import Field, model_validator

from admit import keys
from admit.catalog.catalog import Catalog
from admit.catalog.tier import Tier
from admit.catalog.whitelist import Listed, WhitelistEntry, domain_of
from admit.errors import Fault, NotFound, NotReady
from admit.model import Shape
from admit.store import Check, Contention, Delete, Key, Table, TransactionRefused, Write

_AT_ONCE = 90
_MOST = 20_000
_ATTEMPTS = 6

type Users = Annotated[list[Listed], Field(max_length=5_000)]


class WhitelistChange(Shape):
    """Either the whole list, or what is added to it and removed from it; both may be sent again."""

    users: Users | None = None
    add: Users = []
    remove: Users = []

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "WhitelistChange":
        if self.users is not None and (self.add or self.remove):
            raise ValueError("give users, or add and remove")
        return self


class Whitelist(Shape):
    users: list[Listed]


def read_whitelist(table: Table, tier_id: str) -> Whitelist:
    return Whitelist(users=[_listed(entry) for entry in _entries(table, tier_id).values()])


def tiers_listing(table: Table, catalog: Catalog, email: str) -> frozenset[str]:
    """Return the tiers on whose whitelist an address is, or its domain."""
    listing = [tier for tier in catalog.tiers.values() if tier.whitelist_size]
    domain = domain_of(email)
    by_domain = {tier.id for tier in listing if domain in tier.whitelist_domains}
    found = table.get_many([keys.whitelisted_email(tier.id, email) for tier in listing])
    return frozenset(by_domain | {WhitelistEntry.of(item).tier_id for item in found})


def change_whitelist(
    table: Table,
    catalog: Catalog,
    tier_id: str,
    *,
    add: Sequence[Listed],
    remove: Sequence[Listed],
    limited: bool | None = None,
) -> Tier:
    """Add and remove entries; what is there already, or gone, changes nothing. Raises NotFound, NotReady.

    `limited` says what the tier is about to be, if it changes.
    """
    tier = catalog.tiers.get(tier_id)
    if tier is None:
        raise NotFound("There is no such tier.")
    wanted = {entry.name: entry for entry in add}
    unwanted = {entry.name for entry in remove} - wanted.keys()
    for _ in range(_ATTEMPTS):
        present = _entries(table, tier_id)
        fresh = [
            WhitelistEntry.of_listed(entry, tier.event_id, tier_id)
            for name, entry in wanted.items()
            if name not in present
        ]
        gone = [entry for name, entry in present.items() if name in unwanted]
        if (tier.limited if limited is None else limited) and not len(present) + len(fresh) - len(gone):
            raise NotReady(faults=[Fault("users", "a limited tier needs a whitelist")])
        if fresh and len(present) + len(fresh) - len(gone) > _MOST:
            raise NotReady(faults=[Fault("users", f"a whitelist holds {_MOST} entries; list whole domains")])
        domains = {entry.domain for entry in [*present.values(), *fresh] if entry.domain}
        domains -= {entry.domain for entry in gone if entry.domain}
        try:
            return _apply(table, tier, fresh, gone, sorted(domains))
        except TransactionRefused:
            stored = table.get(keys.tier(tier.event_id, tier_id))
            if stored is None:
                raise NotFound("There is no such tier.") from None
            tier = Tier.of(stored)
    raise Contention


def set_whitelist(
    table: Table, catalog: Catalog, tier_id: str, users: Sequence[Listed], *, limited: bool
) -> Tier:
    """Make these the whole whitelist. Raises NotFound, NotReady for an empty one of a limited tier."""
    if limited and not users:
        raise NotReady(faults=[Fault("limited_whitelist_users", "a limited tier needs a whitelist")])
    present = [_listed(entry) for entry in _entries(table, tier_id).values()]
    return change_whitelist(table, catalog, tier_id, add=users, remove=present, limited=limited)


def clear_whitelist(table: Table, tier_id: str) -> None:
    """Remove the entries of a tier that is gone."""
    for chunk in batched(_entries(table, tier_id).values(), _AT_ONCE, strict=False):
        table.transact([Delete(entry.key, condition=None) for entry in chunk])


def store_whitelist(
    table: Table, event_id: str, tier_id: str, users: Iterable[Listed], *, before: Key
) -> None:
    """Make these the entries of a tier that is about to come with the item `before`.

    Raises TransactionRefused when that has come.
    """
    # False when the tier is there: its whitelist may have been changed since.
    not_there_yet = "attribute_not_exists(pk)"
    guard = Check(before, not_there_yet, {})
    wanted = {entry.name: WhitelistEntry.of_listed(entry, event_id, tier_id) for entry in users}
    # Of an earlier tier under this id.
    left_over = [entry for name, entry in _entries(table, tier_id).items() if name not in wanted]
    writes: list[Write] = [entry.put(always=True) for entry in wanted.values()]
    writes += [Delete(entry.key, condition=None) for entry in left_over]
    for chunk in batched(writes, _AT_ONCE, strict=False):
        table.transact([guard, *chunk])


def _apply(
    table: Table, tier: Tier, fresh: list[WhitelistEntry], gone: list[WhitelistEntry], domains: list[str]
) -> Tier:
    """Write the entries in chunks, each with the size that the list then has. Raises TransactionRefused."""
    steps: list[tuple[Write, int]] = [(entry.put(), 1) for entry in fresh]
    steps += [(Delete(entry.key), -1) for entry in gone]
    for chunk in batched(steps, _AT_ONCE, strict=False):
        changed = tier.model_copy(
            update={
                "whitelist_size": tier.whitelist_size + sum(step for _, step in chunk),
                "whitelist_domains": domains,
                "revision": tier.revision + 1,
            }
        )
        table.transact([changed.put().over(tier.revision), *(write for write, _ in chunk)])
        tier = changed
    return tier


def _entries(table: Table, tier_id: str) -> dict[str, WhitelistEntry]:
    entries = [WhitelistEntry.of(item) for item in table.query(keys.whitelist(tier_id))]
    return {_listed(entry).name: entry for entry in entries}


def _listed(entry: WhitelistEntry) -> Listed:
    return Listed(email=entry.email, domain=entry.domain)
