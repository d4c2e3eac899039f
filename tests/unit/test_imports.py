"""Imports: a file is read row by row, amounts are exact, and a fault stays with its row."""

import csv
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admit.catalog.event import Event, EventStatus, InvoicePolicy
from admit.catalog.imports import Entry, ImportKind, ImportRequest, read_tiers
from admit.catalog.price import PaymentMethod
from admit.errors import Invalid, NotReady
from admit.job import Outcome, RowStatus
from admit.money import minor_units
from admit.orders.imports import FORMATS, WantedOrder, read_orders
from admit.sheet import Column, read_sheet
from admit.stock.stock import Stock
from tests.builders import NOW, event_settings

EVENT = Event(
    **event_settings().model_dump(exclude={"hold_minutes"}),
    id="event-1",
    organizer_id="organizer-1",
    status=EventStatus.PUBLISHED,
    hold_minutes=10,
    stock=Stock.opened("event-1", None),
    public_key="",
    request_hash="",
    created_at=NOW,
)
assert EVENT.invoice_policy is InvoicePolicy.ON_PAYMENT
ADMIT = "reference,email,name,tier,price,quantity,status,attendee_email,attendee_name\n"


def a_file(text: str, kind: str = "orders", **fields: Any) -> ImportRequest:
    return ImportRequest.model_validate({"kind": kind, "csv": text, **fields})


def orders(text: str, **fields: Any) -> list[Entry[WantedOrder]]:
    return read_orders(a_file(text, **fields), EVENT)[1]


def wanted(text: str, **fields: Any) -> list[WantedOrder]:
    entries = orders(text, **fields)
    assert [entry.outcome for entry in entries if entry.outcome] == []
    return [entry.wanted for entry in entries if entry.wanted]


def refusal(entry: Entry[Any]) -> Outcome:
    assert entry.outcome is not None
    assert entry.outcome.result is RowStatus.FAILED
    return entry.outcome


def faults(text: str, **fields: Any) -> list[tuple[int, str]]:
    return [
        (fault.row, fault.field)
        for entry in orders(text, **fields)
        if entry.outcome
        for fault in entry.outcome.errors
    ]


# --- sheets -----------------------------------------------------------------------------------------------

COLUMNS = [Column("name", ("name",), required=True), Column("size", ("size", "how big"))]


@pytest.mark.parametrize(
    "text",
    [
        "name,size\na,1\n",
        "\ufeffname,size\r\na,1\r\n",
        "Name ;  HOW  Big\na;1",
        'size,"name"\n1,"a"\n',
        "name\tsize\na\t1\n",
        "name,size\n,,\n\n a , 1 \n",
    ],
)
def test_a_file_is_read_whatever_its_separator_mark_and_case(text: str) -> None:
    [row] = read_sheet(text, COLUMNS).rows

    assert row.cells == {"name": "a", "size": "1"}
    assert row.fault is None


def test_rows_are_numbered_as_a_spreadsheet_does() -> None:
    sheet = read_sheet('name\na\n\n"two\nlines"\nb\n', COLUMNS)

    assert [(row.number, row.cells["name"]) for row in sheet.rows] == [(2, "a"), (4, "two\nlines"), (5, "b")]


def test_columns_that_nobody_knows_are_listed_and_passed_over() -> None:
    assert read_sheet("name,shoe size,name\na,44,b\n", COLUMNS).unknown == ["shoe size", "name"]


@pytest.mark.parametrize("text", ["size\n1\n", "", "\n\n", "name,size\n", "name\n" + "a\n" * 10_001])
def test_a_file_without_a_required_column_without_rows_or_with_too_many_is_refused_as_a_whole(
    text: str,
) -> None:
    with pytest.raises(Invalid):
        read_sheet(text, COLUMNS)


def test_a_row_with_more_cells_than_the_header_says_so() -> None:
    first, second = read_sheet("name,size\na,1,Oslo\nb,2,\n", COLUMNS).rows

    assert first.fault is not None
    assert second.fault is None


# --- amounts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("12.50", "EUR", 1250),
        ("12,5", "EUR", 1250),
        ("0", "EUR", 0),
        ("12.500", "EUR", 1250),
        ("1250", "JPY", 1250),
        ("1.250", "BHD", 1250),
        ("0.07", "USD", 7),
    ],
)
def test_an_amount_is_read_into_minor_units_exactly(text: str, currency: str, amount: int) -> None:
    assert minor_units(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("12.505", "EUR"),
        ("12.5", "JPY"),
        ("1,250", "EUR"),
        ("1,250.00", "EUR"),
        ("-1", "EUR"),
        ("1e3", "EUR"),
        ("NaN", "EUR"),
        ("€ 5", "EUR"),
        ("٣", "EUR"),
        ("9" * 40, "EUR"),
        ("1000000000.00", "EUR"),
    ],
)
def test_an_amount_that_can_be_misread_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"is|has|could"):
        minor_units(text, currency)


# --- tiers ------------------------------------------------------------------------------------------------


def test_a_tier_is_read_with_all_its_columns() -> None:
    text = (
        "title;price;external_id;category;payment_methods;ticket_limit;active;sale_starts_at;description_line\n"
        "Two-day pass;125,00;pass-2;Passes;card, invoice;400;yes;2027-03-01T09:00;Both days\n"
    )
    [entry] = read_tiers(a_file(text, kind="tiers"), EVENT)[1]

    assert entry.wanted is not None
    settings = entry.wanted.settings
    [price] = settings.prices or []
    assert (entry.wanted.category, entry.wanted.external_id) == ("Passes", "pass-2")
    assert (price.amount.amount, price.payment_methods) == (
        12_500,
        [PaymentMethod.CARD, PaymentMethod.INVOICE],
    )
    assert (settings.ticket_limit, settings.active) == (400, True)
    assert settings.sale_starts_at is not None
    assert settings.sale_starts_at.isoformat() == "2027-03-01T08:00:00+00:00"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("Pass,", "price"),
        ("Pass,free", "price"),
        (",5", "title"),
        ("Pass,5,many", "ticket_limit"),
        ("Pass,5,,maybe", "active"),
        ("Pass,5,,,tomorrow", "sale_starts_at"),
        ("Pass,5,,,,cash", "payment_methods"),
        ("Pass,5,,,,free", "price"),
    ],
)
def test_a_fault_of_a_tier_names_its_row_and_column(row: str, column: str) -> None:
    header = "title,price,ticket_limit,active,sale_starts_at,payment_methods\n"
    first, second = read_tiers(a_file(f"{header}Gala,0\n{row}\n", kind="tiers"), EVENT)[1]

    assert first.wanted is not None
    assert [(fault.row, fault.field) for fault in refusal(second).errors] == [(3, column)]


def test_a_tier_that_stands_twice_in_a_file_is_taken_once() -> None:
    first, second = read_tiers(a_file("title,price\nGala,0\ngala,5\n", kind="tiers"), EVENT)[1]

    assert first.wanted is not None
    assert refusal(second).errors[0].message.startswith("stands in row 2 already")


# --- orders -----------------------------------------------------------------------------------------------


def test_rows_of_one_reference_are_one_order_with_a_ticket_each() -> None:
    text = (
        ADMIT + "A1,kari@polar.example,Kari,Pass,125.00,,,ola@polar.example,Ola\n"
        "B2,eva@polar.example,Eva,Pass,125.00,2,,,\n"
        "A1,kari@polar.example,Kari,Gala,0,,,,Per\n"
    )
    first, second = wanted(text)

    assert (first.reference, first.buyer.name, first.total, first.paid) == ("A1", "Kari", 12_500, True)
    assert [(ticket.tiers, ticket.holder and ticket.holder.name) for ticket in first.tickets] == [
        (["Pass"], "Ola"),
        (["Gala"], "Per"),
    ]
    holder = first.tickets[1].holder
    assert holder is not None
    assert holder.email == "kari@polar.example"
    assert (second.total, [ticket.holder for ticket in second.tickets]) == (25_000, [None, None])


def test_an_order_with_a_row_at_fault_stays_out_whole_and_none_of_the_others_is_lost() -> None:
    text = ADMIT + "A1,k@polar.example,K,Pass,1\nB2,e@polar.example,E,Pass,1\nA1,k@polar.example,K,Pass,one\n"
    first, second = orders(text)

    assert [(fault.row, fault.field) for fault in refusal(first).errors] == [(4, "price")]
    assert (first.row, refusal(first).reference) == (2, "A1")
    assert second.wanted is not None


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",k@polar.example,K,Pass,1", "reference"),
        ("A1,nobody,K,Pass,1", "email"),
        ("A1,,K,Pass,1", "email"),
        ("A1,k@polar.example,K,,1", "tier"),
        ("A1,k@polar.example,K,Pass,", "price"),
        ("A1,k@polar.example,K,Pass,1,0", "quantity"),
        ("A1,k@polar.example,K,Pass,1,1001", "quantity"),
        ("A1,k@polar.example,K,Pass,1,1,lost", "status"),
        ("A1,k@polar.example,K,Pass,1,1,paid,someone,Ola", "attendee_email"),
        ('A1,k@polar.example,"K\nL",Pass,1', "name"),
        ("A1,k@polar.example,K,Pass,900000.00,2", "price"),
    ],
)
def test_a_fault_of_an_order_names_its_row_and_column(row: str, column: str) -> None:
    assert faults(ADMIT + row + "\n") == [(2, column)]


def test_what_the_other_system_has_ended_is_skipped_and_the_rest_of_its_order_comes() -> None:
    text = ADMIT + "A1,k@polar.example,K,Pass,1,,refunded\nA1,k@polar.example,K,Pass,1\nB,,,,,,Cancelled\n"
    skipped, order, other = orders(text)

    assert skipped.outcome == Outcome(result=RowStatus.SKIPPED, reference="A1")
    assert order.wanted is not None
    assert len(order.wanted.tickets) == 1
    assert other.outcome is not None
    assert other.outcome.result is RowStatus.SKIPPED


def test_an_order_is_paid_when_all_its_rows_are() -> None:
    text = ADMIT + "A,k@polar.example,K,Pass,1,,paid\nA,k@polar.example,K,Pass,1,,unpaid\n"
    assert [order.paid for order in wanted(text)] == [False]


PRETIX = (
    '"Event slug";"Order code";"Position ID";"Status";"Email";"Phone number";"Order date";"Order time";'
    '"Product";"Variation";"Price";"Tax rate";"Tax rule";"Tax value";"Attendee name";"Attendee email";'
    '"Company";"Address";"Voucher";"Company";"Invoice address name";"Sales channel"\r\n'
)


def test_the_order_positions_of_pretix_are_read() -> None:
    text = PRETIX + (
        '"nl";"7XKQ3";"1";"paid";"kari@polar.example";"";"2027-01-02";"10:00:00";"Pass";"Student";"60.00";"19.00";'
        '"VAT";"9.58";"Ola Nordmann";"ola@polar.example";"Polar";"";"";"Polar AS";"Kari Nordmann";"web"\r\n'
        '"nl";"8AAAA";"1";"canceled";"x@polar.example";"";"";"";"Pass";"";"60.00";"";"";"";"";"";"";"";"";"";"";""\r\n'
        '"nl";"9BBBB";"1";"pending";"y@polar.example";"";"";"";"Gala";"";"0.00";"";"";"";"";"";"";"";"";"";"";""\r\n'
    )
    first, skipped, third = orders(text, format="pretix")

    assert first.wanted is not None
    assert first.wanted.buyer.name == "Kari Nordmann"
    [ticket] = first.wanted.tickets
    assert ticket.tiers == ["Pass – Student", "Pass - Student", "Pass"]  # noqa: RUF001
    assert ticket.unit == 6_000
    assert ticket.holder is not None
    assert (ticket.holder.name, ticket.holder.company) == ("Ola Nordmann", "Polar")
    assert skipped.outcome is not None
    assert third.wanted is not None
    assert (third.wanted.paid, third.wanted.buyer.name) == (False, "y@polar.example")


EVENTBRITE = (
    "Order #,Order Date,First Name,Last Name,Email,Quantity,Price Tier,Ticket Type,Attendee #,Group,"
    "Order Type,Currency,Total Paid,Fees Paid,Eventbrite Fees,Eventbrite Payment Processing,Attendee Status,"
    "Job Title,Company\n"
)


def test_the_attendee_report_of_eventbrite_is_read() -> None:
    text = EVENTBRITE + (
        "1121,11/29/24 22:28,John,Doe,john@polar.example,1,,Pass,184,,Eventbrite Completed,EUR,10.00,0,0,0,"
        "Attending,Engineer,Polar\n"
        "1122,11/29/24 22:54,Jane,Doe,jane@polar.example,3,,Pass,185,,Eventbrite Completed,EUR,10.00,0,0,0,"
        "Checked In,,\n"
        "1123,11/29/24 22:54,Jo,Doe,jo@polar.example,1,,Pass,186,,Free Order,EUR,0,0,0,0,Not Attending,,\n"
        "1124,11/29/24 22:54,Jo,Doe,jo@polar.example,1,,Pass,186,,Free Order,USD,0,0,0,0,Attending,,\n"
    )
    first, second, skipped, foreign = orders(text, format="eventbrite")

    assert first.wanted is not None
    assert (first.wanted.buyer.name, first.wanted.total) == ("John Doe", 1_000)
    assert first.wanted.tickets[0].holder is not None
    assert first.wanted.tickets[0].holder.title == "Engineer"
    assert second.wanted is not None
    assert [ticket.unit for ticket in second.wanted.tickets] == [334, 333, 333]
    assert skipped.outcome is not None
    assert [fault.field for fault in refusal(foreign).errors] == ["Currency"]


def test_a_file_of_another_system_without_its_columns_is_refused_with_their_names() -> None:
    with pytest.raises(Invalid) as refused:
        orders(ADMIT + "A,k@polar.example,K,Pass,1\n", format="pretix")

    [fault] = refused.value.faults
    assert fault.field == "csv"
    assert "Order code" in fault.message


def test_orders_wait_for_the_event_to_be_published() -> None:
    draft = EVENT.model_copy(update={"status": EventStatus.DRAFT})
    with pytest.raises(NotReady):
        read_orders(a_file(ADMIT + "A,k@polar.example,K,Pass,1\n"), draft)


# --- any file ---------------------------------------------------------------------------------------------


def _written(rows: list[list[str]]) -> str:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def unless_refused[T](read: Callable[[], list[Entry[T]]]) -> list[Entry[T]]:
    """Return the entries of a file, none for one that is refused as a whole: it has only empty rows."""
    try:
        return read()
    except Invalid as refused:
        if {fault.field for fault in refused.faults} != {"csv"}:
            raise
        return []


cells = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", "1", "12.50", "k@polar.example", "Pass", "paid", "Attending", "2027-03-01", "yes", "9" * 30]
    ),
    st.integers().map(str),
    st.datetimes().map(str),
)


@pytest.mark.parametrize("layout", FORMATS, ids=str)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_no_cell_of_a_file_of_orders_raises_anything(layout: Any, data: st.DataObject) -> None:
    headers = [column.headers[0] for column in FORMATS[layout].columns]
    rows = data.draw(st.lists(st.lists(cells, max_size=len(headers) + 1), min_size=1, max_size=5))
    text = _written([headers, *rows])
    entries = unless_refused(lambda: orders(text, format=layout))
    assert [entry.row for entry in entries] == sorted(entry.row for entry in entries)
    assert all((entry.wanted is None) != (entry.outcome is None) for entry in entries)
    assert all(refusal(entry).errors for entry in entries if entry.outcome and entry.outcome.errors)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(cells, min_size=3, max_size=7), min_size=1, max_size=5))
def test_no_cell_of_a_file_of_tiers_raises_anything(rows: list[list[str]]) -> None:
    headers = ["title", "price", "ticket_limit", "active", "sale_starts_at", "payment_methods", "position"]
    text = _written([headers, *rows])
    entries = unless_refused(lambda: read_tiers(a_file(text, kind="tiers"), EVENT)[1])
    assert all((entry.wanted is None) != (entry.outcome is None) for entry in entries)


@given(st.text())
def test_no_text_raises_anything_but_that_the_file_is_refused(text: str) -> None:
    request = ImportRequest.model_construct(kind=ImportKind.ORDERS, csv=text)
    unless_refused(lambda: read_orders(request, EVENT)[1])


def _examples() -> list[Any]:
    """Return each example of the documentation with the kind and format that its fence names."""
    found = []
    for block in Path("docs/import.md").read_text().split("```csv ")[1:]:
        names, _, rest = block.partition("\n")
        kind, layout = names.split()
        found.append(pytest.param(kind, layout, rest.partition("```")[0], id=names))
    return found


@pytest.mark.parametrize(("kind", "layout", "text"), _examples())
def test_the_examples_of_the_documentation_can_be_read(kind: str, layout: str, text: str) -> None:
    request = a_file(text, kind=kind, format=layout)
    if kind == "orders":
        entries = read_orders(request, EVENT)[1]
        skipped = Outcome(result=RowStatus.SKIPPED, reference="A-1003")
        assert [entry.outcome for entry in entries if entry.wanted is None] in ([], [skipped])
    elif kind == "tiers":
        assert all(entry.wanted for entry in read_tiers(request, EVENT)[1])
