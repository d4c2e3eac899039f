"""An event gets another date, place or title: its tickets follow, and who holds one is told once."""

from collections.abc import Iterator

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.mail.mails import AboutEventChange
from tests.engine.api import FOUNDER
from tests.engine.hands import KARI, bought, given, opened_free, ticket_of, worked_off
from tests.engine.stream import a_record
from tests.engine.till import Till, euro, tills
from tests.engine.unguarded import Meanwhile


@pytest.fixture
def till(table: DynamoTable) -> Iterator[Till]:
    with tills(table) as opens:
        yield opened_free(opens)


def test_tickets_follow_another_date_and_their_holders_are_told_once(till: Till) -> None:
    order = bought(till, 2)
    given(till, order)
    stored = keys.ticket(order["id"], 1)
    before = till.table.get(stored)

    patch = {"starts_at": "2027-07-03T07:00:00Z", "ends_at": "2027-07-04T15:00:00Z"}
    till.api.patch(till.path, patch, as_=FOUNDER)
    job = worked_off(till, "event_change")

    ticket = ticket_of(till, order)
    assert (job["status"], job["changed"]) == ("done", 3)
    assert (f"{ticket.event_ends_at:%Y-%m-%d}", ticket.images, ticket.revision) == ("2027-07-04", "stale", 1)
    till.api.mails.clear()
    record = a_record(before, till.table.get(stored))
    till.api.invoke("project", {"Records": [record]})
    told = [mail for mail in till.api.mails if isinstance(mail, AboutEventChange)]
    assert [(mail.number, mail.change) for mail in told] == [(1, ticket.event_moved)]


def test_a_new_title_is_drawn_and_nobody_is_told(till: Till) -> None:
    order = bought(till)
    given(till, order)

    till.api.patch(till.path, {"title": "Southern Lights"}, as_=FOUNDER)
    job = worked_off(till, "event_change")

    assert (job["changed"], ticket_of(till, order).event_moved) == (1, 0)


def test_what_tickets_do_not_show_makes_no_work(till: Till) -> None:
    till.api.patch(till.path, {"show_available": True}, as_=FOUNDER)

    assert till.table.page("gsi1", keys.jobs_of(till.event_id), limit=10).items == []


def test_tickets_that_are_made_while_their_event_moves_move_with_it(till: Till) -> None:
    order = till.buy(1, "free", total=euro(0), buyer={"email": KARI, "name": "Kari Nordmann"})
    patch = {"starts_at": "2027-07-03T07:00:00Z", "ends_at": "2027-07-04T15:00:00Z"}
    till.api.patch(till.path, patch, as_=FOUNDER)
    vars(till.api.shop)["table"] = Meanwhile(till.api.shop.table, lambda: till.issue(order), "ORDER#")

    job = worked_off(till, "event_change")

    ticket = ticket_of(till, order)
    assert (job["status"], job["changed"]) == ("done", 2)
    assert f"{ticket.event_ends_at:%Y-%m-%d}" == "2027-07-04"
    assert till.order(order).event_ends_at == ticket.event_ends_at


def test_tickets_that_are_made_after_their_event_has_moved_are_of_the_new_date(till: Till) -> None:
    order = till.buy(1, "free", total=euro(0), buyer={"email": KARI, "name": "Kari Nordmann"})
    before = till.table.get(keys.order(order["id"]))
    patch = {"starts_at": "2027-07-03T07:00:00Z", "ends_at": "2027-07-04T15:00:00Z"}
    till.api.patch(till.path, patch, as_=FOUNDER)
    worked_off(till, "event_change")

    till.api.invoke("generate_tickets", {"Records": [a_record(None, before)]})

    assert f"{ticket_of(till, order).event_ends_at:%Y-%m-%d}" == "2027-07-04"
