"""The distribution portal of a company: the tickets that its relays hand out."""

from typing import Any

from admit import keys
from admit.aws.http import Api, Cursor, Limit, Listing
from admit.aws.settings import workshop
from admit.distribution.portal import PortalTicket, portal_ticket
from admit.people.company import require_relay
from admit.tickets.ticket import Ticket

app = Api()


@app.get("/distribution/companies/<company_id>/tickets")
def list_tickets(company_id: str, limit: Limit = 50, cursor: Cursor = None) -> Listing[PortalTicket]:
    table = workshop().table
    require_relay(table, company_id, app.signed_in)
    page = table.page("gsi3", keys.tickets_owned_by(company_id), limit=limit, cursor=cursor)
    return Listing(items=[portal_ticket(Ticket.of(item)) for item in page.items], cursor=page.cursor)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)
