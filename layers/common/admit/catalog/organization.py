"""An event organization: a company's part in one event."""

from typing import Literal

from admit import keys
from admit.catalog.price import OrganizationRole
from admit.model import Entity, Shape
from admit.store import Put


class OrganizationSettings(Shape):
    role: OrganizationRole = OrganizationRole.OTHER


class Organization(Entity):
    event_id: str
    company_id: str
    role: OrganizationRole
    kind: Literal["organization"] = "organization"

    def put(self) -> Put:
        return Put(keys.organization(self.event_id, self.company_id), self.attributes(), condition=None)
