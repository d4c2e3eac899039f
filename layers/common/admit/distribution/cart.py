"""The distribution cart: tickets of a company that are meant for guests, who have not got them yet.

A relay has one cart, and a cart has one line a guest (`tickets/cart_line.py`). The cart never expires, and
what stands in it stays the company's: nobody is mailed, and no credential changes, before it is distributed.

Any relay of the company may work in any of its carts, also in one whose relay acts for it no more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from admit import ids, keys
from admit.clock import Instant
from admit.distribution.contact import Contact, load_contact
from admit.distribution.portal import AllocatedTo, PortalState, PortalTicket
from admit.errors import NotFound
from admit.ids import normal_email
from admit.model import Email, Entity, Shape
from admit.people.company import Company, Relay
from admit.people.switches import Switches, require_distribution, switches_of
from admit.store import Contention, Key, Put, Table, TransactionRefused, Update
from admit.tickets.cart_line import NOBODY, Act, Line, LineTicket, Step

MOST_MOVED = 98
"""Tickets that one transaction moves, beside their line and one person."""
MOST_IN_LINE = 500
_TRIES = 5


class Cart(Entity):
    """That a relay has a cart. It stays when he is a relay no more, so that others can go on with it."""

    company_id: str
    relay: Email
    name: str
    """Of the relay."""
    created_at: Instant

    def put(self) -> Put:
        key = keys.cart(self.company_id, self.relay)
        return Put(key, {"kind": "cart", **self.attributes()}, condition=None)


class CartTicket(PortalTicket):
    fault: str | None
    """Why it can't be distributed as it is, such as `cancelled`."""


class CartGuest(Shape):
    """A guest in a cart, with the tickets that are meant for him."""

    contact_id: str
    email: str
    name: str
    version: int
    """Counts the changes of his line."""
    tickets: list[CartTicket]
    changed_at: Instant
    changed_by: str


class Unassigned(Shape):
    """The tickets of a cart that are meant for nobody yet; 0 is the version of a line that is not there."""

    version: int
    tickets: list[CartTicket]


class CartCounts(Shape):
    guests: int
    tickets: int
    """Those that are meant for guests."""
    unassigned: int


class CartView(Shape):
    company_id: str
    relay: str
    """Who works in the cart."""
    acting_for: str | None
    """The colleague whose cart it is; null in one's own."""
    guests: list[CartGuest]
    """In the order in which they came into the cart."""
    unassigned: Unassigned
    counts: CartCounts


class CartBrief(CartCounts):
    """One of the carts of a company."""

    relay: str
    """Whose cart it is."""
    name: str
    former: bool
    """Whether he acts for the company no more."""
    created_at: Instant
    changed_at: Instant
    changed_by: str


@dataclass(frozen=True)
class OpenCart:
    """A cart that somebody works in."""

    company: Company
    switches: Switches
    """What holds for the company."""
    cart: Cart
    stored: bool
    """Whether the cart was there when it was opened; it comes with its first line."""
    actor: str
    """Address of the relay who works in it."""

    @property
    def relay(self) -> str:
        """Address of the relay whose cart it is."""
        return self.cart.relay

    @property
    def acting_for(self) -> str | None:
        return self.relay if self.relay != self.actor else None

    def key(self, contact_id: str) -> Key:
        return keys.cart_line(self.company.id, self.relay, contact_id)

    def act(self, step: Step, at: datetime, *, added: Sequence[str] = (), removed: Sequence[str] = ()) -> Act:
        return acted(step, at, actor=self.actor, relay=self.relay, added=added, removed=removed)

    def new_line(self, contact: Contact | None, act: Act) -> Line:
        """Return the line of a guest who comes into the cart, or of nobody."""
        return Line(
            company_id=self.company.id,
            relay=self.relay,
            contact_id=contact.id if contact else NOBODY,
            email=contact.email if contact else "",
            name=contact.name if contact else "",
            added_at=act.at,
            act=act,
        )

    def header(self) -> list[Put]:
        """Return the write that goes with the first line of the cart."""
        return [] if self.stored else [self.cart.put()]


def acted(
    step: Step,
    at: datetime,
    *,
    actor: str,
    relay: str,
    added: Sequence[str] = (),
    removed: Sequence[str] = (),
) -> Act:
    """Return an act in a relay's cart; whoever acts in a colleague's does so on his behalf."""
    return Act(
        step=step,
        at=at,
        actor=actor,
        acting_for=relay if actor != relay else None,
        added=list(added),
        removed=list(removed),
    )


def open_cart(
    table: Table, company_id: str, deployment: Switches, *, actor: str, relay: str | None, now: datetime
) -> OpenCart:
    """Let a relay into a cart of his company: his own, or that of a colleague, by address. One request.

    Raises NotFound to who is no relay of it, and for an address that is none's and has no cart;
    DistributionOff.
    """
    whose = normal_email(relay) if relay else actor
    me, him, company_key = (
        keys.relay(company_id, actor),
        keys.relay(company_id, whose),
        keys.company(company_id),
    )
    header = keys.cart(company_id, whose)
    found = {keys.of_item(item): item for item in table.get_many([me, him, company_key, header])}
    if me not in found or company_key not in found:
        raise NotFound
    company = Company.of(found[company_key])
    switches = switches_of(company, deployment)
    require_distribution(switches)
    if header in found:
        return OpenCart(company, switches, Cart.of(found[header]), True, actor)
    if him not in found:
        raise NotFound("There is no such cart.")
    name = Relay.of(found[him]).name
    fresh = Cart(company_id=company_id, relay=whose, name=name, created_at=now)
    return OpenCart(company, switches, fresh, False, actor)


def lines_of(table: Table, company_id: str, relay: str) -> list[Line]:
    """Return the lines of a cart in the order in which their guests came into it, be it marks of guests who
    have left; one query."""
    lines = [Line.of(item) for item in table.query(keys.cart_lines(company_id, relay))]
    return sorted(lines, key=lambda line: (line.added_at, line.contact_id))


def cart_view(table: Table, opened: OpenCart) -> CartView:
    lines = [line for line in lines_of(table, opened.company.id, opened.relay) if not line.left]
    guests = [line for line in lines if line.contact_id != NOBODY]
    nobody = next((line for line in lines if line.contact_id == NOBODY), None)
    return CartView(
        company_id=opened.company.id,
        relay=opened.actor,
        acting_for=opened.acting_for,
        guests=[cart_guest(line) for line in guests],
        unassigned=Unassigned(
            version=nobody.version if nobody else 0,
            tickets=cart_tickets(nobody) if nobody else [],
        ),
        counts=_counts(lines),
    )


def cart_guest(line: Line) -> CartGuest:
    return CartGuest(
        contact_id=line.contact_id,
        email=line.email,
        name=line.name,
        version=line.version,
        tickets=cart_tickets(line),
        changed_at=line.act.at,
        changed_by=line.act.actor,
    )


def cart_tickets(line: Line) -> list[CartTicket]:
    place = AllocatedTo(contact_id=line.contact_id, relay=line.relay)
    return [
        CartTicket(
            id=ticket.id,
            event_id=ticket.event_id,
            tier_id=ticket.tier_id,
            tier_title=ticket.tier_title,
            seat=ticket.seat,
            seat_id=ticket.seat_id,
            state=_state(ticket),
            holder=ticket.held_by,
            cart_guest=place,
            fault=ticket.fault,
        )
        for ticket in line.tickets
    ]


def _state(ticket: LineTicket) -> PortalState:
    if ticket.held_by is None:
        return PortalState.ALLOCATED
    return PortalState.DOWNLOADED if ticket.downloaded else PortalState.DISTRIBUTED


def carts_of(table: Table, company: Company) -> list[CartBrief]:
    """Return the carts of a company, by the names of their relays."""
    pk, prefix = keys.carts(company.id)
    carts = [Cart.of(item) for item in table.query(pk, prefix)]
    wanted = [keys.relay(company.id, cart.relay) for cart in carts]
    relays = {Relay.of(item).email for item in table.get_many(wanted)}
    briefs = [_brief(table, cart, former=cart.relay not in relays) for cart in carts]
    return sorted(briefs, key=lambda brief: (brief.name.casefold(), brief.relay))


def add_guest(table: Table, opened: OpenCart, contact_id: str, *, now: datetime) -> Line:
    """Put a guest into a cart, or the line of nobody; who stands there stays as he is.

    Raises NotFound, Contention.
    """
    act = opened.act(Step.ADDED, now)
    for _ in range(_TRIES):
        read = line_of(table, opened, contact_id)
        if read is not None and not read.left:
            return read
        contact = guest_of(table, opened, contact_id) if contact_id != NOBODY else None
        line = opened.new_line(contact, act)
        checks = [contact.check()] if contact else []
        try:
            table.transact([line.over(read), *checks, *opened.header()])
        except TransactionRefused:
            continue
        return line.written_over(read)
    raise Contention


def guest_of(table: Table, opened: OpenCart, contact_id: str) -> Contact:
    """Read the contact who is to come into a cart. Raises NotFound."""
    contact = load_contact(table, opened.company.id, contact_id)
    if contact.is_leaving:
        raise NotFound("There is no such contact.")
    return contact


def remove_guest(table: Table, opened: OpenCart, contact_id: str, *, now: datetime) -> None:
    """Take a guest out of a cart, so that his tickets are free again; the line leaves with the last of them.

    Tickets of an event that is over go as well. The line of nobody stays, empty. A guest who has left has
    left. Raises NotFound, Contention.
    """
    tries = 0
    while tries < _TRIES:
        read = line_of(table, opened, contact_id)
        if read is None and contact_id != NOBODY:
            raise NotFound("There is no such guest in this cart.")
        if read is None or read.left or (contact_id == NOBODY and not read.tickets):
            return
        some = [ticket.id for ticket in read.tickets[:MOST_MOVED]]
        rest = read.without(some)
        leaves = not rest.tickets and contact_id != NOBODY
        act = opened.act(Step.REMOVED if leaves else Step.ALLOCATED, now, removed=some)
        line = rest.model_copy(update={"left": leaves, "act": act})
        try:
            table.transact([line.over(read), *(freed(read, ticket_id) for ticket_id in some)])
        except TransactionRefused:
            tries += 1
            continue
        if not rest.tickets:
            return
    raise Contention


def line_of(table: Table, opened: OpenCart, contact_id: str) -> Line | None:
    """Read a line of a cart as it is now, be it the mark of a guest who has left."""
    item = table.get(opened.key(contact_id))
    return Line.of(item) if item else None


def freed(line: Line, ticket_id: str) -> Update:
    """Return the write that lets a ticket of a line go."""
    # False when the ticket does not stand in this line.
    in_line = "allocation = :line"
    return Update(
        keys.ticket(*ids.split_ticket_id(ticket_id)),
        "REMOVE allocation",
        condition=in_line,
        values={"line": line.allocation.attributes()},
    )


def _brief(table: Table, cart: Cart, *, former: bool) -> CartBrief:
    lines = lines_of(table, cart.company_id, cart.relay)
    last = max((line.act for line in lines), key=lambda act: act.at, default=None)
    return CartBrief(
        relay=cart.relay,
        name=cart.name,
        former=former,
        created_at=cart.created_at,
        changed_at=last.at if last else cart.created_at,
        changed_by=last.actor if last else cart.relay,
        **dict(_counts(lines)),
    )


def _counts(lines: Iterable[Line]) -> CartCounts:
    """Count what stands in a cart; the line of nobody is no guest."""
    tickets = {line.contact_id: len(line.tickets) for line in lines if not line.left}
    unassigned = tickets.pop(NOBODY, 0)
    return CartCounts(guests=len(tickets), tickets=sum(tickets.values()), unassigned=unassigned)
