"""What the functions for organizers share: who may do what, and to which event."""

from collections.abc import Sequence

from admit import clock
from admit.aws.http import Api
from admit.aws.settings import workshop
from admit.catalog.catalog import Catalog, load_catalog
from admit.errors import NotFound
from admit.orders.order import Order
from admit.people.account import Member, Role, require_member
from admit.people.company import organizations_of
from admit.tickets.ticket import Ticket
from admit.tickets.view import OrderView, order_view


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
            )
            for order in orders
        ]

    def order_view(self, catalog: Catalog, order: Order, tickets: Sequence[Ticket] = ()) -> OrderView:
        [view] = self.order_views(catalog, [order], tickets)
        return view
