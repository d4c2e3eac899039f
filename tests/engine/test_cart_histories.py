"""Histories of carts: whatever two relays do, also at the same moment, each ticket has exactly one place.

Hypothesis makes up the histories. After each step everything is compared that is stored: the tickets, the
lines of both carts, the persons who have tickets, and what the mails that were asked for are about.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import load_catalog
from admit.distribution.allocate import AllocateRequest, allocate
from admit.distribution.cart import open_cart
from admit.errors import AdmitError
from admit.ids import ticket_id
from admit.mail.mails import AboutDistribution, AboutTicket, FormerHolder
from admit.people.person import HolderDetails, load_person
from admit.people.switches import Switches
from admit.store import Item
from admit.tickets.cart_line import NOBODY
from admit.tickets.hand_over import assign, relay_hand
from admit.tickets.ticket import Ticket, tickets_of
from tests.builders import NOW
from tests.engine.api import Answer, serving
from tests.engine.carts import Carts, carts
from tests.engine.dynamodb_local import client
from tests.engine.partners import INGRID, JONAS
from tests.engine.stream import a_record
from tests.engine.unguarded import Meanwhile

RELAYS = [INGRID, JONAS]
_numbers = count(1)

who = st.sampled_from(RELAYS)
whom = st.integers(0, 3)
which = st.integers(0, 4)
some = st.lists(which, min_size=1, max_size=3, unique=True)


class History(RuleBasedStateMachine):
    """A company with two relays, three contacts and five tickets."""

    def __init__(self, shop: Carts, told: Counter[str], loose: str) -> None:
        super().__init__()
        self.opened = shop
        self.told = told
        self.loose = loose
        """Beginning of the keys whose conditions don't hold, for the control."""

    @initialize()
    def found_company(self) -> None:
        stage = self.opened.stage
        self.shop = Carts(stage, stage.company(f"Polar {next(_numbers)}", *RELAYS), self.opened.other)
        self.ids = self.shop.tickets(5)
        self.order_id = self.shop.ticket(self.ids[0]).order_id
        self.guests = [*(self.shop.contact(name) for name in ("Eva Berg", "Arne Dahl", "Liv Moe")), NOBODY]
        self.projected: dict[str, Item] = {}
        self.given: set[str] = set()
        self.shop.api.mails.clear()

    # --- what relays do -----------------------------------------------------------------------------------

    @rule(actor=who, relay=who, guest=whom)
    def bring(self, actor: str, relay: str, guest: int) -> None:
        answer = self.shop.ask("PUT", f"cart/guests/{self.guests[guest]}", as_=actor, relay=relay)
        self.tell("brought", answer)

    @rule(carts=st.tuples(who, who), guest=whom, add=some, remove=some, seldom=st.integers(0, 5))
    def allocate(
        self, carts: tuple[str, str], guest: int, add: list[int], remove: list[int], seldom: int
    ) -> None:
        """Add and remove tickets; mostly those that are not in a line of a cart yet, and those that are."""
        (actor, relay), contact_id = carts, self.guests[guest]
        adds, removes = self.named(add), self.named(one for one in remove if one not in add)
        if seldom:
            there = self.in_line(relay, contact_id)
            adds = [one for one in adds if one in self.open_to(relay)]
            removes = [one for one in removes if one in there]
        version = None if seldom else 1
        answer = self.shop.allocate(
            contact_id, *adds, remove=tuple(removes), version=version, as_=actor, relay=relay
        )
        self.tell("allocated" if adds or removes else "nothing asked", answer)

    @rule(actor=who, relay=who, guest=whom)
    def send_off(self, actor: str, relay: str, guest: int) -> None:
        guests = [line.contact_id for line in self.shop.lines(relay)] or self.guests
        answer = self.shop.ask("DELETE", f"cart/guests/{_pick(guests, guest)}", as_=actor, relay=relay)
        self.tell("sent off", answer)

    @rule(actor=who, ticket=which, name=st.sampled_from(["Eva Berg", "Nils Vik"]))
    def assign(self, actor: str, ticket: int, name: str) -> None:
        self.tell("assigned", self.shop.assign(self.ids[ticket], name, as_=actor))

    @rule(actor=who, tickets=st.lists(which, min_size=1, max_size=3, unique=True))
    def take_back(self, actor: str, tickets: list[int]) -> None:
        body = {"tickets": self.named(tickets)}
        self.tell("taken back", self.shop.ask("POST", "tickets/take-back", body, as_=actor))

    @rule(actor=who, relay=who, guests=st.lists(whom, min_size=1, max_size=3, unique=True))
    def distribute(self, actor: str, relay: str, guests: list[int]) -> None:
        there = [line.contact_id for line in self.shop.lines(relay)]
        body = {"guests": [_pick(there, one) for one in guests] if there else self.guests}
        answer = self.shop.ask("POST", "cart/distribute", body, as_=actor, relay=relay)
        assert answer.status == 200, answer.text
        for result in answer.body["results"]:
            self.told[result["result"]] += 1

    # --- two at the same moment ---------------------------------------------------------------------------

    @rule(guest=whom, other=whom, tickets=some, also=some)
    def allocate_at_once(self, guest: int, other: int, tickets: list[int], also: list[int]) -> None:
        """Ingrid puts tickets into a line while Jonas does so in his own cart."""
        one, two = self.guests[guest], self.guests[other]

        def meanwhile() -> None:
            self.tell("also allocated", self.shop.allocate(two, *self.named(also), as_=JONAS))

        self.cut_into(lambda table: self.allocated(table, one, self.named(tickets)), meanwhile, "CART#")

    @rule(guest=whom, ticket=which, goes=st.booleans())
    def allocate_while_given(self, guest: int, ticket: int, *, goes: bool) -> None:
        """Ingrid puts a ticket into a line while Jonas gives it to somebody, or sends its guest off."""
        contact_id, identifier = self.guests[guest], self.ids[ticket]

        def meanwhile() -> None:
            if goes:
                self.tell("also assigned", self.shop.assign(identifier, "Nils Vik", as_=JONAS))
            else:
                path = f"cart/guests/{contact_id}"
                self.tell("also sent off", self.shop.ask("DELETE", path, as_=JONAS, relay=INGRID))

        self.cut_into(lambda table: self.allocated(table, contact_id, [identifier]), meanwhile, "CART#")

    @rule(guest=whom, ticket=which)
    def give_while_allocated(self, guest: int, ticket: int) -> None:
        """Ingrid gives a ticket to somebody while Jonas puts it into a line."""
        contact_id, identifier = self.guests[guest], self.ids[ticket]

        def give(table: DynamoTable) -> None:
            catalog = load_catalog(table, self.shop.stage.event_id)
            hand = relay_hand(INGRID, self.shop.company, Switches())
            details = HolderDetails(email="ola@guest.example", name="Ola Nordmann")
            assign(table, catalog, self.shop.ticket(identifier), details, hand=hand, now=self.shop.api.now)

        def meanwhile() -> None:
            self.tell("also allocated", self.shop.allocate(contact_id, identifier, as_=JONAS))

        self.cut_into(give, meanwhile, "ORDER#")

    def allocated(self, table: DynamoTable, contact_id: str, tickets: list[str]) -> None:
        now = self.shop.api.now
        opened = open_cart(table, self.shop.company, Switches(), actor=INGRID, relay=None, now=now)
        allocate(table, opened, contact_id, AllocateRequest(add=tickets), now=now)

    def cut_into(
        self, do: Callable[[DynamoTable], object], meanwhile: Callable[[], object], begins: str
    ) -> None:
        """Do something while something else is done between its reading and its writing."""
        try:
            do(Meanwhile(self.shop.table, meanwhile, begins, loose=self.loose))
        except AdmitError as refused:
            self.told[f"cut into: {refused.code}"] += 1
        else:
            self.told["cut into"] += 1

    # --- what holds ---------------------------------------------------------------------------------------

    @invariant()
    def each_ticket_has_one_place(self) -> None:
        if not hasattr(self, "ids"):
            return
        self.shop.api.now += timedelta(milliseconds=1)
        tickets = self.tickets()
        self.given |= {ticket.id for ticket in tickets.values() if ticket.holder}
        lines = [(relay, line) for relay in RELAYS for line in self.shop.lines(relay)]
        placed = [(one.id, relay, line.contact_id) for relay, line in lines for one in line.tickets]
        said = [
            (ticket.id, ticket.allocation.relay, ticket.allocation.contact_id)
            for ticket in tickets.values()
            if ticket.allocation
        ]
        assert sorted(placed) == sorted(said), "the lines are not what the tickets say"
        assert len({ticket for ticket, _, _ in placed}) == len(placed), "a ticket stands in two lines"
        held = {ticket.id: ticket.person_id for ticket in tickets.values() if ticket.holder}
        people = {identifier for identifier in held.values() if identifier}
        theirs = {one: person for person in people for one in load_person(self.shop.table, person).tickets}
        assert held == {one: person for one, person in theirs.items() if one in tickets}
        self.follow_the_stream()
        self.nothing_is_mailed_before_it_is_given()

    def follow_the_stream(self) -> None:
        """Let the stream tell of all changes, until it brings no more about."""
        while records := list(self.changes()):
            assert self.shop.api.invoke("project", {"Records": records}) == {"batchItemFailures": []}

    def changes(self) -> Sequence[dict[str, Any]]:
        partitions = [keys.order(self.order_id).pk]
        partitions += [keys.cart_lines(self.shop.company, relay) for relay in RELAYS]
        records = []
        for item in (item for pk in partitions for item in self.shop.table.query(pk)):
            name = item["pk"] + item["sk"]
            before = self.projected.get(name)
            if item["kind"] in ("ticket", "cart_line", "transfer") and before != item:
                records.append(a_record(before, item))
                self.projected[name] = item
        return records

    def nothing_is_mailed_before_it_is_given(self) -> None:
        about: set[str] = set()
        for mail in self.shop.api.mails:
            if isinstance(mail, AboutDistribution):
                about |= set(mail.tickets)
            elif isinstance(mail, AboutTicket | FormerHolder):
                about.add(ticket_id(mail.order_id, mail.number))
        assert about <= self.given, "somebody was mailed about a ticket that nobody was given"

    def teardown(self) -> None:
        """See whether what relays are shown adds up."""
        tickets = self.tickets()
        placed = [ticket for relay in RELAYS for line in self.shop.lines(relay) for ticket in line.tickets]
        briefs = self.shop.done("GET", "carts")["items"]
        assert sum(brief["tickets"] + brief["unassigned"] for brief in briefs) == len(placed)
        states = Counter(one["state"] for one in self.shop.done("GET", "tickets")["items"])
        free = [one for one in tickets.values() if one.holder is None and one.allocation is None]
        waiting = [one for one in tickets.values() if one.holder is None and one.allocation]
        assert (states["not_distributed"], states["allocated"]) == (len(free), len(waiting))
        assert states.total() == len(tickets)

    # --- what there is ------------------------------------------------------------------------------------

    def tickets(self) -> dict[str, Ticket]:
        return {ticket.id: ticket for ticket in tickets_of(self.shop.table, self.order_id)}

    def in_line(self, relay: str, contact_id: str) -> set[str]:
        """Return the ids of the tickets in a guest's line."""
        lines = [line for line in self.shop.lines(relay) if line.contact_id == contact_id]
        return {ticket.id for line in lines for ticket in line.tickets}

    def open_to(self, relay: str) -> set[str]:
        """Return the ids of the tickets that a relay may put into a line of his cart."""
        nobodys = self.in_line(relay, NOBODY)
        return {one.id for one in self.tickets().values() if one.allocation is None or one.id in nobodys}

    def named(self, tickets: Iterable[int]) -> list[str]:
        return [self.ids[one] for one in tickets]

    def tell(self, what: str, answer: Answer) -> None:
        assert answer.status in (200, 201, 204, 404, 409), answer.text
        self.told[f"{what}: {answer.code}" if answer.status >= 400 else what] += 1


def _pick[T](among: Sequence[T], at: int) -> T:
    return among[at % len(among)]


def run_histories(
    endpoint: str, table_name: str, histories: int, turn: int = 0, *, loose: str = "none", **overrides: Any
) -> Counter[str]:
    """Run so many histories, others in each turn, and return what became of their steps."""
    told: Counter[str] = Counter()
    table = DynamoTable(client(endpoint), table_name)
    with serving(table) as api:
        api.now = NOW
        shop = carts(api, table)

        @seed(turn)
        class Told(History):
            def __init__(self) -> None:
                super().__init__(shop, told, loose)

        run_state_machine_as_test(
            Told,
            settings=settings(
                max_examples=histories,
                stateful_step_count=25,
                derandomize=True,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                **overrides,
            ),
        )
    return told


MOST_TURNS = 3
STEPS = [
    "brought",
    "allocated",
    "allocated: allocation_refused",
    "allocated: changed_meanwhile",
    "sent off",
    "assigned",
    "taken back",
    "distributed",
    "refused",
    "not_in_cart",
    "also allocated",
    "also assigned",
    "also sent off",
    "cut into",
    "cut into: allocation_refused",
]


def test_in_any_history_each_ticket_has_one_place_and_nothing_is_mailed_before_it_is_given(
    endpoint: str, table_name: str
) -> None:
    told: Counter[str] = Counter()
    # Which steps chance brings about changes with the code; so there are more turns until each was there.
    for turn in range(MOST_TURNS):
        told += run_histories(endpoint, table_name, 10, turn)
        if all(told[step] for step in STEPS):
            break

    assert [step for step in STEPS if not told[step]] == []


def test_tickets_without_their_conditions_are_found_in_two_places(endpoint: str, table_name: str) -> None:
    with pytest.raises(AssertionError, match="line"):
        run_histories(endpoint, table_name, 40, loose="ORDER#", phases=[Phase.generate])
