"""A company that distributes its tickets, with two relays, an address book and carts; and another company."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from admit import keys
from admit.aws.table import DynamoTable
from admit.distribution.cart import lines_of
from admit.orders.order import OrderStatus, load_order
from admit.tickets.cart_line import Line
from admit.tickets.ticket import Ticket, load_ticket, tickets_from
from tests.builders import a_name
from tests.engine.api import Answer, Api
from tests.engine.partners import INGRID, JONAS, KARI, Json, Partners, partners


@dataclass(frozen=True)
class Carts:
    """Ingrid and Jonas are relays of `company`, Kari is one of `other`; both are partners of one event."""

    stage: Partners
    company: str
    other: str

    @property
    def table(self) -> DynamoTable:
        return self.stage.table

    @property
    def api(self) -> Api:
        return self.stage.api

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        as_: str = INGRID,
        relay: str | None = None,
        company: str | None = None,
        **request: Any,
    ) -> Answer:
        """Send a request under the company's path; `relay` is whose cart is meant, if not one's own."""
        if relay is not None:
            request["query"] = {"relay": relay, **request.get("query", {})}
        url = f"/distribution/companies/{company or self.company}/{path}"
        return self.stage.send(method, url, body, as_, **request)

    def done(self, method: str, path: str, body: Any = None, **request: Any) -> Any:
        answer = self.ask(method, path, body, **request)
        assert answer.status < 400, answer.text
        return answer.body

    # --- what there is ------------------------------------------------------------------------------------

    def tickets(self, count: int = 1, *, company: str | None = None, **fields: Any) -> list[str]:
        """Make tickets of a company, of which these fields are said; return their ids."""
        order_id = self.stage.placed(count, company_id=company or self.company)
        order = load_order(self.table, order_id)
        tickets = [ticket.model_copy(update=fields) for ticket in tickets_from(order)]
        for ticket in tickets:
            self.table.write(ticket.put())
        self.table.write(order.model_copy(update={"status": OrderStatus.FULFILLED}).over(order))
        return [ticket.id for ticket in tickets]

    def contact(self, name: str = "Eva Berg", *, company: str | None = None, as_: str = INGRID) -> str:
        """Enter somebody in the address book; return the contact's id."""
        first, _, last = name.partition(" ")
        said = {"email": f"{a_name(first.lower())}@guest.example", "first_name": first, "last_name": last}
        made: str = self.done("POST", "contacts", said, as_=as_, company=company)["id"]
        return made

    def guest(
        self, name: str = "Eva Berg", *tickets: str, as_: str = INGRID, relay: str | None = None
    ) -> str:
        """Put a new contact into a cart with these tickets, a moment after the one before; return its id."""
        self.api.now += timedelta(milliseconds=1)
        contact_id = self.contact(name)
        self.done("PUT", f"cart/guests/{contact_id}", as_=as_, relay=relay)
        if tickets:
            self.allocated(contact_id, *tickets, as_=as_, relay=relay)
        return contact_id

    # --- what relays do -----------------------------------------------------------------------------------

    def allocate(
        self, contact_id: str, *add: str, remove: tuple[str, ...] = (), version: int | None = None, **ask: Any
    ) -> Answer:
        body: Json = {"add": list(add), "remove": list(remove)}
        if version is not None:
            body["version"] = version
        return self.ask("PUT", f"cart/guests/{contact_id}/tickets", body, **ask)

    def allocated(self, contact_id: str, *add: str, **ask: Any) -> Json:
        answer = self.allocate(contact_id, *add, **ask)
        assert answer.status == 200, answer.text
        return dict(answer.body)

    def assign(self, ticket_id: str, name: str = "Ola Nordmann", *, as_: str = INGRID) -> Answer:
        """Give a ticket to somebody on the way beside the cart."""
        holder = {"email": f"{name.split(maxsplit=1)[0].lower()}@guest.example", "name": name}
        return self.ask("PUT", f"tickets/{ticket_id}/holder", holder, as_=as_)

    def cart(self, as_: str = INGRID, relay: str | None = None) -> Json:
        return dict(self.done("GET", "cart", as_=as_, relay=relay))

    # --- what is stored -----------------------------------------------------------------------------------

    def ticket(self, ticket_id: str) -> Ticket:
        return load_ticket(self.table, ticket_id)

    def change(self, ticket_id: str, **fields: Any) -> Ticket:
        """Let a ticket be otherwise than it came to be."""
        after = self.ticket(ticket_id).model_copy(update=fields)
        return Ticket.of(self.table.write(replace(after.put(), condition=None)))

    def line(self, contact_id: str, relay: str = INGRID) -> Line:
        """Return the line of a guest as it is stored."""
        item = self.table.get(keys.cart_line(self.company, relay, contact_id))
        assert item is not None
        return Line.of(item)

    def lines(self, relay: str = INGRID) -> list[Line]:
        return [line for line in lines_of(self.table, self.company, relay) if not line.left]


def carts(api: Api, table: DynamoTable, **event: Any) -> Carts:
    """Open an account with an event, and two companies that take part in it."""
    stage = partners(api, table, **event)
    stage.done("PATCH", f"{stage.event}/tiers/{stage.tier}", {"ticket_limit": 5_000})
    return Carts(stage, stage.company("Polar Systems", INGRID, JONAS), stage.company("Fjord", KARI))


def places(lines: list[Line]) -> dict[str, str]:
    """Return in whose line each ticket stands."""
    return {ticket.id: line.contact_id for line in lines for ticket in line.tickets}
