"""What the functions for organizers share: who may do what, and to which event."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from admit import clock, keys
from admit.aws.http import Api
from admit.aws.settings import workshop
from admit.aws.table import Signature
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.event import Event
from admit.errors import NotFound, Unauthenticated
from admit.insight.account_log import TOLD
from admit.orders.order import Order
from admit.people.account import Member, Role, member_in_role, require_member
from admit.people.api_key import ApiKey, load_api_key, require_key
from admit.people.company import organizations_of
from admit.store import Item, Key
from admit.tickets.ticket import Ticket
from admit.tickets.view import OrderView, order_view


class OrganizerApi(Api):
    """Routes under /organizer, for members of an account and for its API keys.

    Who calls was found by the authorizer (`aws/authorizer.py`); what he may do is read with each request.
    """

    def resolve(self, event: Any, context: Any) -> dict[str, Any]:
        """Answer one request; what it changes of an account or an event's set-up says who has changed it."""
        caller = event["requestContext"].get("authorizer") or {}
        by = str(caller.get("actor") or caller.get("email") or "")
        with workshop().table.signed(Signature(by, clock.stamp(clock.now()), TOLD)):
            return super().resolve(event, context)

    @property
    def signed_in(self) -> str:
        """The verified address of a member. Raises Unauthenticated, for an API key too."""
        caller = self._caller
        if "email" not in caller or datetime.fromisoformat(caller["until"]) <= clock.now():
            raise Unauthenticated("Sign in with a verified e-mail address.")
        return str(caller["email"])

    @property
    def actor(self) -> str:
        """Who acts, as timelines name him: a member's address, or the name of an API key."""
        return str(self._caller["actor"]) if "api_key" in self._caller else self.signed_in

    @property
    def key_id(self) -> str | None:
        """The id of the API key that calls, None of a member."""
        return self._caller.get("api_key")

    def require(
        self, organizer_id: str, roles: frozenset[Role], event_id: str | None = None
    ) -> Member | ApiKey:
        """Return the caller as a member of the account, or its API key, in one of these roles.

        `event_id` is the event that is asked for, if it is one. Raises Unauthenticated, NotFound to a
        stranger, Forbidden.
        """
        if "api_key" in self._caller:
            key = load_api_key(workshop().table, self._caller["api_key"], clock.now())
            return require_key(key, organizer_id, roles, event_id)
        return require_member(workshop().table, organizer_id, self.signed_in, roles)

    def catalog(self, organizer_id: str, event_id: str, roles: frozenset[Role]) -> Catalog:
        """Read an event of this organizer for a caller who has one of the roles."""
        return self.caller_and_catalog(organizer_id, event_id, roles)[1]

    def caller_and_catalog(
        self, organizer_id: str, event_id: str, roles: frozenset[Role]
    ) -> tuple[Member | ApiKey, Catalog]:
        """Read an event of this organizer, with the caller who has one of the roles."""
        caller = self.require(organizer_id, roles, event_id)
        catalog = load_catalog(workshop().table, event_id)
        if catalog.event.organizer_id != organizer_id:
            raise NotFound("There is no such event.")
        return caller, catalog

    def known_catalog(self, organizer_id: str, event_id: str, roles: frozenset[Role]) -> Catalog:
        """Return an event of this organizer as it was a few seconds ago, for routes that only look."""
        self.require(organizer_id, roles, event_id)
        catalog = workshop().catalogs.by_id(event_id)
        if catalog.event.organizer_id != organizer_id:
            raise NotFound("There is no such event.")
        return catalog

    def look(
        self, organizer_id: str, event_id: str, roles: frozenset[Role], *others: Key
    ) -> tuple[Event, dict[Key, Item]]:
        """Return an event of this organizer and other items, read together with the caller's membership."""
        wanted = [keys.event(event_id), *others]
        if "api_key" in self._caller:
            self.require(organizer_id, roles, event_id)
            membership = None
        else:
            membership = keys.member(organizer_id, self.signed_in)
        items = workshop().table.get_many([*([membership] if membership else []), *wanted])
        found = {keys.of_item(item): item for item in items}
        if membership is not None:
            member_in_role(found.get(membership), roles)
        event = found.get(keys.event(event_id))
        if event is None or event["organizer_id"] != organizer_id:
            raise NotFound("There is no such event.")
        return Event.of(event), found

    def order_views(
        self, catalog: Catalog, orders: Sequence[Order], tickets: Sequence[Ticket] = ()
    ) -> list[OrderView]:
        """Show orders of an event to a member of its organizer; `tickets` are those of a single one."""
        companies = organizations_of(workshop().table, catalog, [order.company_id for order in orders])
        links, now = self.links, clock.now()
        return [
            order_view(
                order,
                tickets,
                catalog,
                links,
                now=now,
                for_organizer=True,
                organization=companies.get(order.company_id or ""),
                language=self.language,
            )
            for order in orders
        ]

    def order_view(self, catalog: Catalog, order: Order, tickets: Sequence[Ticket] = ()) -> OrderView:
        [view] = self.order_views(catalog, [order], tickets)
        return view

    @property
    def _caller(self) -> dict[str, Any]:
        """What the authorizer has said of the caller."""
        caller: dict[str, Any] = self._context.get("authorizer") or {}
        return caller
