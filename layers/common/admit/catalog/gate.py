"""A gate: where people go in and out."""

from admit import keys
from admit.model import Entity
from admit.store import Put


class Gate(Entity):
    id: str
    event_id: str
    title: str
    capacity: int | None = None
    """How many of those who came in here may be inside at once."""
    request_hash: str = ""

    def put(self) -> Put:
        return Put(keys.gate(self.event_id, self.id), {"kind": "gate", **self.attributes()})
