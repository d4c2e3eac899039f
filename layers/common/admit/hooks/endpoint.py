"""Endpoints: where an organizer has facts told, which ones, and by which secrets they are signed."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from admit import keys
from admit.clock import Instant
from admit.errors import NotFound
from admit.hooks.facts import FactType
from admit.model import ONE_LINE, Entity, Shape
from admit.people.api_key import is_in_force
from admit.store import Put, Table

MOST_ENDPOINTS = 20

type HookUrl = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
type HookLabel = Annotated[str, StringConstraints(max_length=120), ONE_LINE]
type FactTypes = Annotated[list[FactType], Field(max_length=len(FactType))]
type HookEventIds = Annotated[list[str], Field(min_length=1, max_length=100)]


class WebhookSettings(Shape):
    url: HookUrl
    label: HookLabel = ""
    types: FactTypes = []
    """Which facts are told; all if none is named."""
    event_ids: HookEventIds | None = None
    """Of which events; of all if this is null."""
    active: bool = True


class WebhookPatch(Shape):
    url: HookUrl | None = None
    label: HookLabel | None = None
    types: FactTypes | None = None
    event_ids: HookEventIds | None = None
    active: bool | None = None
    """True also lets one go on that was disabled for its failures."""


class SecretRequest(Shape):
    hours: Annotated[int, Field(ge=0, le=168)] = 24
    """How long the secret before goes on signing."""


class Secret(Entity):
    id: str
    value: str
    created_at: Instant
    ends_at: Instant | None = None

    def holds(self, now: datetime) -> bool:
        return self.ends_at is None or now < self.ends_at


class Endpoint(Entity):
    id: str
    organizer_id: str
    url: str
    label: str
    types: list[FactType]
    event_ids: list[str] | None = None
    active: bool
    secrets: list[Secret]
    """Oldest first; at most two."""
    created_at: Instant
    request_hash: str
    by_key: str | None = None
    """The API key that has said where it goes, if none of the members has: it ends with that key."""
    revision: int = 1

    def put(self) -> Put:
        return Put(keys.hook(self.organizer_id, self.id), {"kind": "webhook", **self.attributes()})

    def wants(self, fact: FactType, event_id: str) -> bool:
        of_event = self.event_ids is None or event_id in self.event_ids
        return self.active and of_event and (not self.types or fact in self.types)

    def has_ended(self, table: Table, now: datetime) -> bool:
        """Say whether it was an API key's that has ended; one read, where it is a key's."""
        return self.by_key is not None and not is_in_force(table, self.by_key, now)

    def signing(self, now: datetime) -> list[str]:
        """Return the secrets that it is signed by now, the newest first."""
        return [secret.value for secret in reversed(self.secrets) if secret.holds(now)]


def load_endpoints(table: Table, organizer_id: str) -> list[Endpoint]:
    """Read the endpoints of an organizer, oldest first; one query."""
    endpoints = map(Endpoint.of, table.query(keys.hooks(organizer_id)))
    return sorted(endpoints, key=lambda one: (one.created_at, one.id))


def load_endpoint(table: Table, organizer_id: str, endpoint_id: str) -> Endpoint:
    """Read an endpoint of this organizer. Raises NotFound."""
    item = table.get(keys.hook(organizer_id, endpoint_id))
    if item is None:
        raise NotFound("There is no such webhook.")
    return Endpoint.of(item)
