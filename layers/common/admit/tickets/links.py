"""Addresses that carry what they need. Keys are derived from one secret and stored nowhere.

An order's key stays with the order; a ticket's key changes with its revision, so that a former holder's
address dies with the change.
"""

import hmac
from dataclasses import dataclass

from admit.errors import Unauthenticated
from admit.tickets.ticket import Ticket


@dataclass(frozen=True)
class Links:
    secret: str
    api_url: str
    site_url: str

    def order_key(self, order_id: str) -> str:
        return self._key("order", order_id)

    def ticket_key(self, ticket_id: str, revision: int) -> str:
        return self._key("ticket", f"{ticket_id}\x1f{revision}")

    def require_order_key(self, order_id: str, key: str) -> None:
        """Raise Unauthenticated unless the key is this order's."""
        _require(key, self.order_key(order_id))

    def require_ticket_key(self, ticket: Ticket, key: str) -> None:
        """Raise Unauthenticated unless the key is that of the ticket's present revision."""
        _require(key, self.ticket_key(ticket.id, ticket.revision))

    def order_page(self, order_id: str) -> str:
        """The order's page for people, with its key where no server logs it."""
        return f"{self.site_url}/orders/{order_id}#key={self.order_key(order_id)}"

    def ticket_page(self, ticket: Ticket) -> str:
        return f"{self.site_url}/tickets/{ticket.id}#key={self.ticket_key(ticket.id, ticket.revision)}"

    def picture(self, ticket: Ticket, name: str) -> str:
        """An address that a plain image element can load; it answers with one that lives a minute."""
        key = self.ticket_key(ticket.id, ticket.revision)
        return f"{self.api_url}/public/tickets/{ticket.id}/{name}?key={key}"

    def _key(self, kind: str, name: str) -> str:
        return hmac.digest(self.secret.encode(), f"{kind} key\x1f{name}".encode(), "sha256")[:20].hex()


def _require(given: str, right: str) -> None:
    if not hmac.compare_digest(given.encode(), right.encode()):
        raise Unauthenticated
