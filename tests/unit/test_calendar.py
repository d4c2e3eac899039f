"""The calendar file: calendars read it whatever stands in it, and a change moves the entry that is there."""

from datetime import UTC, datetime

import pytest

from admit.catalog.event import EventStatus
from admit.ids import order_code
from admit.passes.calendar import ticket_calendar
from admit.tickets.ticket import TicketStatus
from tests.wallets import ORDER_ID, SEAT, a_ticket, an_event

URL = "https://site.example/e/northern-lights"


def unfolded(file: str) -> dict[str, str]:
    """Return the values of a file by their names, as a calendar reads them."""
    lines = file.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")
    return dict(line.split(":", 1) for line in lines)


def entry(**event: object) -> dict[str, str]:
    return unfolded(ticket_calendar(a_ticket(), an_event(**event), URL))


def test_an_entry_says_what_is_when_and_where() -> None:
    read = entry()
    assert read["SUMMARY"] == "Northern Lights Conference"
    assert (read["DTSTART"], read["DTEND"]) == ("20270603T070000Z", "20270604T150000Z")
    assert read["LOCATION"] == r"Ishavskatedralen\, Hans Nilsens veg 41\, 9020 Tromsø"
    assert read["DESCRIPTION"] == rf"Two-day pass\nKari Nordmann\n{order_code(ORDER_ID)}-1"
    assert read["URL"] == URL
    assert read["STATUS"] == "CONFIRMED"


def test_an_entry_names_the_seat() -> None:
    read = unfolded(ticket_calendar(a_ticket(seat=SEAT), an_event(), URL))
    assert read["DESCRIPTION"].startswith(r"Two-day pass\nStalls · Row 12 · 7\nKari Nordmann\n")


def test_an_entry_names_no_key_of_the_ticket() -> None:
    assert "key" not in ticket_calendar(a_ticket(), an_event(), URL)


def test_the_file_is_the_same_until_something_changes() -> None:
    assert ticket_calendar(a_ticket(), an_event(), URL) == ticket_calendar(a_ticket(), an_event(), URL)


def test_lines_end_as_rfc_5545_says_and_hold_75_octets_at_most() -> None:
    title = "Nordlysløypa – 北極光 " * 5
    file = ticket_calendar(a_ticket(), an_event(title=title), URL)
    assert file.endswith("END:VCALENDAR\r\n")
    assert "\n" not in file.replace("\r\n", "")
    assert max(len(line.encode()) for line in file.split("\r\n")) <= 75
    assert unfolded(file)["SUMMARY"] == title


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("Hall A; door 2, left", r"Hall A\; door 2\, left"),
        (r"back\slash", r"back\\slash"),
        ("one\r\ntwo\rthree", r"one\, two\, three"),
        ("bell\x07\x00 END:VEVENT", "bell END:VEVENT"),
    ],
)
def test_what_is_special_in_a_calendar_is_written_as_text(address: str, written: str) -> None:
    assert entry(venue={"name": "Hall", "address": address})["LOCATION"] == rf"Hall\, {written}"


def test_an_event_without_a_place_has_no_location() -> None:
    assert "LOCATION" not in entry(venue=None)


def test_a_change_keeps_the_uid_and_raises_the_sequence() -> None:
    first, moved = entry(), entry(revision=2, starts_at=datetime(2027, 6, 3, 9, 0, tzinfo=UTC))
    assert first["UID"] == moved["UID"]
    assert int(first["SEQUENCE"]) < int(moved["SEQUENCE"])


@pytest.mark.parametrize(
    ("ticket", "event", "status"),
    [
        ({"status": TicketStatus.CANCELLED}, {}, "CANCELLED"),
        ({}, {"status": EventStatus.CANCELLED}, "CANCELLED"),
        ({"status": TicketStatus.SUSPENDED}, {}, "TENTATIVE"),
    ],
)
def test_a_ticket_that_does_not_admit_says_so(
    ticket: dict[str, object], event: dict[str, object], status: str
) -> None:
    assert unfolded(ticket_calendar(a_ticket(**ticket), an_event(**event), URL))["STATUS"] == status


def test_a_cancelled_ticket_is_a_later_word_than_the_valid_one() -> None:
    cancelled = unfolded(ticket_calendar(a_ticket(status=TicketStatus.CANCELLED), an_event(), URL))
    assert int(cancelled["SEQUENCE"]) > int(entry()["SEQUENCE"])
