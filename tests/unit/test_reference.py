"""The reference of a payment: made of an invoice's number, and found again in what a bank passes on."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from admit.payments.reference import payment_reference, printed, references_in

NUMBERS = st.from_regex(r"[A-Z][A-Z0-9]{0,11}-[0-9]{6,9}", fullmatch=True)
WORDS = st.text("abcdefghijklmnopqrstuvwxyz ", max_size=30)


def test_a_reference_has_its_check_digits_and_the_letters_and_digits_of_the_number() -> None:
    assert payment_reference("INV-000123") == "RF73INV000123"


def test_the_example_of_the_standard_comes_out() -> None:
    assert payment_reference("539007547034") == "RF18539007547034"


def test_check_digits_below_ten_keep_their_zero() -> None:
    references = [payment_reference(f"INV-{number:06}") for number in range(200)]

    assert all(re.fullmatch(r"RF[0-9]{2}INV[0-9]{6}", reference) for reference in references)
    assert any(reference.startswith("RF0") for reference in references)


@pytest.mark.parametrize("number", ["", "-", "Ø", "A" * 13 + "-" + "1" * 9])
def test_a_number_that_fits_into_no_reference_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="1 to 21 letters and digits"):
        payment_reference(number)


def test_a_reference_is_printed_in_groups_of_four() -> None:
    assert printed("RF73INV000123") == "RF73 INV0 0012 3"


@pytest.mark.parametrize(
    "text",
    [
        "RF73INV000123",
        "RF73 INV0 0012 3",
        "rf73 inv0 0012 3",
        "Invoice no. RF73 INV0 0012 3",
        "RF73 INV0 0012 3 thank you",
        "RF73INV000123Danke",
        "/RFB/RF73INV000123/EREF/",
        "RF73-INV-000123",
        "RF73\u2013INV\u2013000123",
        "RF7\n3INV00\n0123",
        "RF73 INV0 \n 0012 3.",
        "Ref:RF73INV000123, RF73 INV0 0012 3",
    ],
)
def test_a_creditor_reference_is_found_however_it_is_written(text: str) -> None:
    assert references_in(text) == ["RF73INV000123"]


@pytest.mark.parametrize(
    "text",
    [
        "INV-000123",
        "inv-000123",
        "INV000123",
        "INV 000123",
        "INV 000 123",
        "INV.000123",
        "INV/000123",
        "INV_000123",
        "INV\u2014000123",
        "INV \u2212 000123",
        "INV\u00ad000123",
        "\uff29\uff2e\uff36-000123",
        "INV-\n000123",
        "INV-0001\n23",
        "INV-000 123",
        "Invoice no. INV-000123",
        "Invoice no.INV-000123 of 3 June 2027",
        "(INV-000123)",
        "INV-000123 2027",
        "INV-000123, inv 000123",
    ],
)
def test_the_number_of_an_invoice_is_found_however_it_is_written(text: str) -> None:
    assert references_in(text) == ["INV-000123"]


def test_what_is_found_stands_in_the_order_of_the_text() -> None:
    text = "CN-000007, RF73 INV0 0012 3 and INV-000099; again CN-000007"

    assert references_in(text) == ["CN-000007", "RF73INV000123", "INV-000099"]


def test_two_references_side_by_side_are_two() -> None:
    first, second = payment_reference("INV-000123"), payment_reference("INV-000124")

    assert references_in(f"{first} {second}") == [first, second]
    assert references_in(f"{printed(first)} {printed(second)}") == [first, second]


def test_a_reference_is_not_lost_in_a_longer_reading_of_the_one_before_it() -> None:
    # Found by trying: read as one, these two pass the check digits as well.
    first, second = "RF73INV000123", "INV-000046"
    assert iso11649.is_valid(first + second.replace("-", ""))

    assert {first, second} <= set(references_in(f"{first} {second}"))


def test_a_prefix_that_a_line_end_has_cut_is_read_both_ways() -> None:
    assert references_in("IN\nV-000123") == ["INV-000123", "V-000123"]


def test_a_number_without_its_hyphen_is_read_with_and_without_digits_in_its_prefix() -> None:
    assert references_in("INV1234567") == ["INV-1234567", "INV1-234567"]
    assert references_in("INV2027000123") == ["INV2027-000123"]


def test_a_prefix_of_digits_alone_needs_its_hyphen() -> None:
    assert references_in("2027-000123") == ["2027-000123"]
    assert references_in("2027 000123") == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thank you for the tickets",
        "RF75 INV0 0012 3",
        "Dusseldorf 12 34 56",
        "on 2027-06-03 at 12:30, 250.00 EUR",
        "INV-00123",
        "INV-0001234567",
        "NO93 8601 1117 947",
        "NO9386011117947",
        "DE89370400440532013000",
        "DEUTDEFF500",
        "ABCDEFGHIJKLM-000123",
    ],
)
def test_what_only_looks_a_little_like_a_reference_is_passed_over(text: str) -> None:
    assert references_in(text) == []


@given(NUMBERS, WORDS, WORDS)
def test_every_reference_is_found_among_words(number: str, before: str, after: str) -> None:
    reference = payment_reference(number)

    assert reference in references_in(f"{before} {reference} {after}")
    assert reference in references_in(f"{before} {printed(reference)} {after}".lower())
    assert number in references_in(f"{before}. {number} {after}")


@given(NUMBERS, st.integers(1, 40))
def test_a_line_end_anywhere_hides_neither(number: str, at: int) -> None:
    reference = payment_reference(number)

    for written in (reference, printed(reference)):
        assert reference in references_in(written[:at] + "\n" + written[at:])


@given(st.text() | st.text("RF0123456789INV -/\n", max_size=120))
def test_any_text_is_read_and_every_creditor_reference_is_valid(text: str) -> None:
    found = references_in(text)

    assert len(found) == len(set(found))
    for reference in found:
        assert iso11649.is_valid(reference) or re.fullmatch(r"[A-Z0-9]{1,12}-[0-9]{6,9}", reference)
