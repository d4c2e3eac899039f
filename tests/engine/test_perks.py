"""Perks: each ticket carries what came with its tier, and its holder claims what he has to ask for."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.offer import Offer, OfferProvider
from admit.errors import NotFound, WrongState
from admit.people.person import Holder
from admit.store import Update
from admit.tickets.grant import GrantView, claim_grant, grant_views
from admit.tickets.ticket import Ticket, TicketStatus, load_ticket, tickets_from
from tests.builders import a_price, an_event, an_order, give, other_tier

LOUNGE = Offer(title="Lounge", provider=OfferProvider.VOUCHER, reference="L-1")
SHIRT = Offer(title="Shirt", provider=OfferProvider.PRODUCT, reference="shirt-7", auto=False)


def a_ticket(table: DynamoTable) -> Ticket:
    """Return the written ticket of a tier that comes with a lounge, and a shirt for who asks for it."""
    catalog = an_event(table, {"prices": [a_price()], "offers": [LOUNGE, SHIRT]})
    [ticket] = tickets_from(an_order(table, catalog, tier_id=other_tier(catalog)))
    table.write(ticket.put())
    return ticket


def told(table: DynamoTable, ticket: Ticket) -> list[tuple[str, str | None]]:
    views: list[GrantView] = grant_views(load_ticket(table, ticket.id))
    return [(view.state, view.reference) for view in views]


def test_a_perk_is_granted_with_its_ticket_or_waits_to_be_claimed_once(table: DynamoTable) -> None:
    ticket = a_ticket(table)
    assert told(table, ticket) == [("granted", "L-1"), ("pending", None)]

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: claim_grant(table, ticket, 2), range(8)))

    assert told(table, ticket) == [("granted", "L-1"), ("claimed", "shirt-7")]
    assert claim_grant(table, ticket, 2).grants == claim_grant(table, ticket, 1).grants


def test_a_perk_that_did_not_come_with_the_ticket_is_not_found(table: DynamoTable) -> None:
    ticket = a_ticket(table)

    for number in (0, 3):
        with pytest.raises(NotFound):
            claim_grant(table, ticket, number)


def test_who_has_given_his_ticket_away_claims_nothing_any_more(table: DynamoTable) -> None:
    catalog = an_event(table, {"prices": [a_price()], "offers": [SHIRT]})
    order = an_order(table, catalog, tier_id=other_tier(catalog))
    [ticket] = tickets_from(order)
    table.write(ticket.put())
    give(table, order, 1, Holder(email="ola@polar.example", name="Ola Nordmann"))

    with pytest.raises(WrongState):
        claim_grant(table, ticket, 1)

    claim_grant(table, load_ticket(table, ticket.id), 1)
    assert told(table, ticket) == [("claimed", "shirt-7")]


def test_the_perks_of_a_ticket_that_is_cancelled_are_revoked(table: DynamoTable) -> None:
    ticket = a_ticket(table)
    cancelled = {"cancelled": TicketStatus.CANCELLED}
    key = keys.ticket(ticket.order_id, ticket.number)
    table.write(Update(key, "SET #status = :cancelled", condition=None, values=cancelled))

    assert told(table, ticket) == [("revoked", None), ("revoked", None)]
    with pytest.raises(WrongState):
        claim_grant(table, ticket, 2)
