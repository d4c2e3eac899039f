"""What the functions for organizers share: who may do what, and to which event."""

from admit import ids
from admit.aws.http import Api
from admit.aws.settings import workshop
from admit.catalog.catalog import Catalog, load_catalog
from admit.errors import NotFound
from admit.people.account import Member, Role, require_member


class OrganizerApi(Api):
    """Routes under /organizer, for members of an account."""

    def require(self, organizer_id: str, roles: frozenset[Role]) -> Member:
        """Return the caller's membership. Raises Unauthenticated, NotFound to a stranger, Forbidden."""
        return require_member(workshop().table, organizer_id, self.signed_in, roles)

    def catalog(self, organizer_id: str, event_id: str, roles: frozenset[Role]) -> Catalog:
        """Read an event of this organizer for a caller who has one of the roles."""
        self.require(organizer_id, roles)
        catalog = load_catalog(workshop().table, event_id)
        if catalog.event.organizer_id != organizer_id:
            raise NotFound("There is no such event.")
        return catalog


def new_id(idempotency_key: str, *scope: str) -> str:
    """Return the id of what a request creates: the same for the same key, if it has one."""
    return ids.derived_id(*scope, idempotency_key) if idempotency_key else ids.random_id()
