"""Where the scans of a ticket lead, whatever the order in which they become known."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from admit.catalog.check_in_list import Again
from admit.door.passages import Standing, standing_of, with_scan
from admit.ids import order_id
from admit.tickets.scan import FEW, KEPT_FOR, MOST_KEPT, Outcome, Reason, ScanRecord
from admit.tickets.ticket import Ticket
from tests.builders import NOW

OSLO = ZoneInfo("Europe/Oslo")
MINUTE = timedelta(minutes=1)


def a_ticket() -> Ticket:
    return Ticket(
        order_id=order_id("event-1", "passages"),
        number=1,
        event_id="event-1",
        shard=0,
        tier_id="tier-1",
        tier_title="Day pass",
        buyer_email="kari@polar.example",
        event_ends_at=NOW,
    )


def a_scan(minute: float, **fields: Any) -> ScanRecord:
    said = {
        "at": NOW + minute * MINUTE,
        "device_id": "device-1",
        "device_name": "North",
        "list_id": "everyone",
    }
    return ScanRecord.model_validate(said | fields)


def after(scans: Sequence[tuple[str, ScanRecord]], ticket: Ticket | None = None) -> Ticket:
    ticket = ticket or a_ticket()
    for name, scan in scans:
        ticket = with_scan(ticket, name, scan, OSLO)
    return ticket


def told(ticket: Ticket) -> dict[str, str]:
    return {name: str(scan.reason or scan.outcome) for name, scan in ticket.scans.items()}


SCANS = st.lists(
    st.builds(
        a_scan,
        st.integers(0, 3_000),
        out=st.booleans(),
        gate_id=st.sampled_from(["north", "south", None]),
        zone_id=st.sampled_from(["event", "lounge"]),
        again=st.sampled_from(Again),
        forced=st.sampled_from([None, None, "looked at"]),
    ),
    max_size=14,
)


@given(SCANS, st.randoms(use_true_random=False))
def test_scans_lead_to_the_same_in_any_order(scans: list[ScanRecord], random: Random) -> None:
    named = [(f"scan{at}", scan) for at, scan in enumerate(scans)]
    shuffled = random.sample(named, len(named))

    one, other = after(named), after(shuffled)

    assert (told(one), standing_of(one)) == (told(other), standing_of(other))
    assert one.entries == sum(
        scan.outcome is Outcome.ADMITTED and not scan.out for scan in one.scans.values()
    )


def test_who_comes_to_know_of_it_first_wins_where_scans_are_taken_as_they_come() -> None:
    """The control: what the order of becoming known leads to, when times are not looked at."""

    def winner(scans: Sequence[ScanRecord]) -> list[datetime]:
        standing, admitted = Standing({}, {}, 0), []
        for scan in scans:
            if standing.refusal(scan, OSLO) is None:
                standing = standing.moved(scan)
                admitted.append(scan.at)
        return admitted

    early, late = a_scan(0), a_scan(5)
    assert winner([early, late]) != winner([late, early])


def test_the_earliest_entry_wins_and_all_others_are_in_conflict() -> None:
    scans = [(f"gate{at}", a_scan(at)) for at in range(20)]
    Random(3).shuffle(scans)

    ticket = after(scans)

    assert told(ticket) == {"gate0": "admitted"} | {f"gate{at}": "already_in" for at in range(1, 20)}
    assert (ticket.entries, ticket.entered) == (1, {"event": NOW})


def test_an_exit_that_becomes_known_later_clears_a_conflict() -> None:
    twice = after([("first", a_scan(0)), ("second", a_scan(60))])
    assert told(twice)["second"] == "already_in"

    explained = after([("exit", a_scan(30, out=True))], twice)

    assert told(explained) == {"first": "admitted", "exit": "admitted", "second": "admitted"}
    assert (explained.entries, explained.admission) == (2, "in")


def test_each_rule_says_when_a_ticket_is_let_in_again() -> None:
    def second(again: Again, *, left: bool, minute: float) -> str:
        scans = [("in", a_scan(0, again=again)), ("again", a_scan(minute, again=again))]
        if left:
            scans.append(("out", a_scan(1, out=True)))
        return told(after(scans))["again"]

    day = 24 * 60
    assert second(Again.NEVER, left=True, minute=day) == "already_used"
    assert second(Again.NEVER, left=False, minute=day) == "already_in"
    assert second(Again.AFTER_EXIT, left=True, minute=2) == "admitted"
    assert second(Again.AFTER_EXIT, left=False, minute=2) == "already_in"
    assert second(Again.NEXT_DAY, left=True, minute=2) == "already_used"
    assert second(Again.NEXT_DAY, left=False, minute=day) == "admitted"
    assert second(Again.ALWAYS, left=False, minute=2) == "admitted"


def test_a_day_is_one_of_the_events_time_zone() -> None:
    evening = datetime(2026, 6, 1, 21, 50, tzinfo=UTC)  # 23:50 in Oslo

    def scan(at: datetime) -> ScanRecord:
        return a_scan(0, at=at, again=Again.NEXT_DAY)

    ticket = after([("first", scan(evening)), ("second", scan(evening + 20 * MINUTE))])

    assert told(ticket)["second"] == "admitted"


def test_zones_know_nothing_of_each_other() -> None:
    ticket = after([("event", a_scan(0)), ("lounge", a_scan(1, zone_id="lounge", gate_id="door"))])
    assert ticket.inside == {"event": "", "lounge": "door"}


def test_what_was_forced_counts_and_what_was_refused_or_undone_does_not() -> None:
    scans = [
        ("in", a_scan(0)),
        ("forced", a_scan(1, forced="lost her child")),
        ("refused", a_scan(2, outcome=Outcome.REFUSED, reason=Reason.IN_TRANSFER)),
        ("undone", a_scan(3, out=True, outcome=Outcome.UNDONE, undone_by="x")),
    ]
    ticket = after(scans)
    assert (ticket.entries, ticket.admission) == (2, "in")
    assert told(ticket)["refused"] == "in_transfer"


def test_what_went_in_with_a_code_of_no_worth_stays_in_conflict() -> None:
    scan = a_scan(0, outcome=Outcome.CONFLICT, reason=Reason.SUPERSEDED)
    ticket = after([("old", scan), ("new", a_scan(1))])
    assert told(ticket) == {"old": "superseded", "new": "admitted"}


def test_a_ticket_of_many_days_keeps_the_scans_of_the_last_hours_and_what_the_others_led_to() -> None:
    hours = KEPT_FOR / timedelta(hours=1) / 6
    ways = [a_scan(at * hours * 60, out=bool(at % 2)) for at in range(60)]
    ticket = after([(f"scan{at}", scan) for at, scan in enumerate(ways)])

    assert len(ticket.scans) == FEW
    assert (ticket.entries, ticket.admission) == (30, "out")
    assert ticket.settled is not None


def test_more_than_it_may_keep_it_lets_go_of_and_never_of_the_one_in_question() -> None:
    refused = [
        (f"scan{at}", a_scan(at, outcome=Outcome.REFUSED, reason=Reason.ALREADY_IN)) for at in range(150)
    ]
    ticket = after([("in", a_scan(0)), *refused, ("early", a_scan(-1, out=True))])

    assert len(ticket.scans) == MOST_KEPT
    assert {"in", "early"} <= ticket.scans.keys()
