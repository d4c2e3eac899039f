"""Who may buy a limited tier: addresses and whole domains, one item each."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import StringConstraints, model_validator

from admit import keys
from admit.catalog.tier import Tier
from admit.ids import normal_email
from admit.model import Entity, Shape
from admit.store import ConditionFailed, Key, Put, Table

type Domain = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9.-]+\.[a-z0-9-]+$", max_length=253, to_lower=True)
]


class Listed(Shape):
    """One address, or everybody of one domain."""

    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)] | None = None
    domain: Domain | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "Listed":
        if (self.email is None) == (self.domain is None):
            raise ValueError("give either email or domain")
        return self

    @property
    def name(self) -> str:
        """What it is compared by."""
        return self.domain or normal_email(self.email or "")


class WhitelistEntry(Entity):
    tier_id: str
    event_id: str
    email: str | None = None
    domain: str | None = None
    kind: Literal["whitelisted"] = "whitelisted"

    @classmethod
    def of_listed(cls, listed: Listed, event_id: str, tier_id: str) -> "WhitelistEntry":
        email = None if listed.email is None else normal_email(listed.email)
        return cls(tier_id=tier_id, event_id=event_id, email=email, domain=listed.domain)

    @property
    def key(self) -> Key:
        if self.domain is not None:
            return keys.whitelisted_domain(self.tier_id, self.domain)
        return keys.whitelisted_email(self.tier_id, self.email or "")

    def put(self) -> Put:
        return Put(self.key, self.attributes())


def change_whitelist(table: Table, tier: Tier, *, add: Sequence[Listed]) -> None:
    """Add entries; those that are there stay."""
    for listed in add:
        try:
            table.write(WhitelistEntry.of_listed(listed, tier.event_id, tier.id).put())
        except ConditionFailed:
            continue
