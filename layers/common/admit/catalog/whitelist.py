"""Who may buy a limited tier: addresses and whole domains, one item each."""

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import StringConstraints, model_validator

from admit import keys
from admit.faults import SMALL_DOMAIN
from admit.ids import normal_email
from admit.model import Email, Entity, Shape
from admit.store import Key, Put

type Domain = Annotated[str, StringConstraints(pattern=SMALL_DOMAIN, max_length=253, to_lower=True)]


class Listed(Shape):
    """One address, or everybody of one domain."""

    email: Email | None = None
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

    def put(self, *, always: bool = False) -> Put:
        put = Put(self.key, self.attributes())
        return replace(put, condition=None) if always else put


def domain_of(email: str) -> str:
    return normal_email(email).rpartition("@")[2]
