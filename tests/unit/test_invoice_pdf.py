"""The invoice on paper: what can be read on its pages, whatever was sold, to whom and in which currency."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from admit.payments.invoice_pdf import Document, InvoiceLine, Party, TaxLine, draw, tax_lines
from admit.payments.reference import payment_reference

SELLER = Party(
    name="Polar Events AS",
    lines=["Storgata 1", "0155 Oslo"],
    vat_id="NO 987 654 321 MVA",
    email="billing@polar.example",
)
BUYER = Party(name="Ingrid Ås GmbH", lines=["Hauptstraße 5", "10115 Berlin"], reference="PO 4711")


def a_line(
    rate: str | None = "25", *, unit: int = 25_000, quantity: int = 2, included: bool = True, **overrides: Any
) -> InvoiceLine:
    discount = overrides.pop("discount", 0)
    charged, percent = unit * quantity - discount, Decimal(rate or 0)
    tax = round(charged * percent / (100 + percent if included else 100))
    fields = {
        "text": "Two-day pass",
        "quantity": quantity,
        "unit": unit,
        "discount": discount,
        "tax_rate": rate,
        "tax": tax,
        "total": charged if included else charged + tax,
    }
    return InvoiceLine.model_validate(fields | overrides)


def an_invoice(*lines: InvoiceLine, **overrides: Any) -> Document:
    sold = list(lines) or [a_line()]
    total = sum(line.total for line in sold)
    fields: dict[str, Any] = {
        "kind": "invoice",
        "number": "INV-000123",
        "issued_at": date(2027, 5, 2),
        "supplied": "3 and 4 June 2027",
        "due_on": date(2027, 5, 16),
        "seller": SELLER,
        "buyer": BUYER,
        "currency": "EUR",
        "lines": sold,
        "subtotal": sum(line.unit * line.quantity for line in sold),
        "discount": sum(line.discount for line in sold),
        "tax": sum(line.tax for line in sold),
        "total": total,
        "tax_lines": tax_lines(sold),
        "tax_included": True,
        "payable": total,
        "reference": payment_reference("INV-000123"),
        "iban": "DE89370400440532013000",
        "bic": "COBADEFFXXX",
        "account_holder": "Polar Events Treasury",
        "event_title": "Polar Summit",
        "order_code": "7QK2M-9XYZ",
    }
    return Document.model_validate(fields | overrides)


def pages(pdf: bytes) -> list[str]:
    """Return the text of each page, with plain spaces and without the marks of where a word may break."""
    plain = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u200b": None})
    return [page.extract_text().translate(plain) for page in PdfReader(BytesIO(pdf)).pages]


def text_of(document: Document) -> str:
    return "\n".join(pages(draw(document)))


def codes(pdf: bytes) -> list[list[str]]:
    """Return the lines of each code that a camera sees on the pages."""
    with pypdfium2.PdfDocument(pdf) as document:
        pictures = [page.render(scale=3).to_pil() for page in document]
    return [str(code.text).split("\n") for picture in pictures for code in zxingcpp.read_barcodes(picture)]


def test_an_invoice_names_who_sells_what_to_whom_and_for_how_much() -> None:
    text = text_of(an_invoice())

    for expected in [
        "Invoice INV-000123",
        "Polar Events AS · Storgata 1 · 0155 Oslo",
        "VAT ID NO 987 654 321 MVA",
        "billing@polar.example",
        "Ingrid Ås GmbH\nHauptstraße 5\n10115 Berlin",
        "Date 2 May 2027",
        "Date of supply 3 and 4 June 2027",
        "Due 16 May 2027",
        "Order 7QK2M-9XYZ",
        "Your reference PO 4711",
        "Polar Summit",
        "Description Quantity Unit price VAT Amount (EUR)",
        "Two-day pass 2 250.00 25 % 500.00",
        "25 % 400.00 100.00 500.00",
        "Prices include VAT.",
        "Total 500.00 EUR\nVAT included 100.00",
        "Please transfer 500.00 EUR by 16 May 2027 and give the reference.",
        "Account holder Polar Events Treasury",
        "IBAN DE89 3704 0044 0532 0130 00",
        "BIC COBADEFFXXX",
        "Reference RF73 INV0 0012 3",
        "Page 1 of 1",
    ]:
        assert expected in text


def test_an_added_tax_stands_between_the_subtotal_and_the_total() -> None:
    line = a_line(included=False, discount=5_000)
    text = text_of(an_invoice(line, tax_included=False))

    assert "Two-day pass 2 250.00 -50.00 25 % 450.00" in text
    assert "Subtotal 500.00\nDiscount -50.00\nVAT 112.50\nTotal 562.50 EUR" in text
    assert "Prices are without VAT." in text


def test_lines_of_several_rates_are_summed_by_rate() -> None:
    lines = [a_line("7.7"), a_line("19"), a_line("7.70"), a_line(None)]
    text = text_of(an_invoice(*lines))

    assert "19 % 420.17 79.83 500.00\n7.7 % 928.50 71.50 1,000.00\n– 500.00 0.00 500.00" in text


def test_without_tax_nothing_is_said_of_tax() -> None:
    document = an_invoice(a_line(None), seller=Party(name="Kari Nordmann"), bic=None)
    text = text_of(document)

    assert "VAT" not in text
    assert "BIC" not in text
    assert "Two-day pass 2 250.00 500.00" in text


@pytest.mark.parametrize(
    ("currency", "unit", "written"),
    [("JPY", 12_500, "25,000 JPY"), ("BHD", 12_500, "25.000 BHD"), ("NOK", 12_500, "250.00 NOK")],
)
def test_amounts_have_as_many_decimals_as_their_currency(currency: str, unit: int, written: str) -> None:
    text = text_of(an_invoice(a_line(unit=unit), currency=currency))

    assert f"Total {written}" in text


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", ["Rechnung INV-000123", "Datum 2. Mai 2027", "Gesamtbetrag 25.000,00 EUR", "Seite 1 von 1"]),
        ("fr", ["Facture INV-000123", "Date 2 mai 2027", "Total 25 000,00 EUR", "Page 1 sur 1"]),
        ("nb", ["Faktura INV-000123", "Dato 2. mai 2027", "Totalt 25 000,00 EUR", "Side 1 av 1"]),
        ("de-AT", ["Rechnung INV-000123"]),
        ("ja", ["Invoice INV-000123", "Total 25,000.00 EUR"]),
    ],
)
def test_words_dates_and_amounts_are_those_of_the_language(language: str, expected: list[str]) -> None:
    text = text_of(an_invoice(a_line(unit=1_250_000), language=language))

    assert [words for words in expected if words not in text] == []


def test_many_lines_go_over_pages_that_each_begin_with_the_columns() -> None:
    lines = [a_line(text=f"Workshop {number}", quantity=1) for number in range(1, 61)]
    found = pages(draw(an_invoice(*lines)))

    assert len(found) == 3
    assert all(f"Page {number} of 3" in page for number, page in enumerate(found, 1))
    assert all("Description Quantity" in page for page in found if "Workshop" in page)
    assert "Polar Events AS Invoice INV-000123" in found[1]
    text = "\n".join(found)
    assert all(f"Workshop {number} 1 250.00" in text for number in range(1, 61))


def test_the_code_on_the_invoice_pays_it() -> None:
    [code] = codes(draw(an_invoice(paid=10_000, payable=40_000)))

    assert code[3:] == [
        "SCT",
        "COBADEFFXXX",
        "Polar Events Treasury",
        "DE89370400440532013000",
        "EUR400",
        "",
        "RF73INV000123",
    ]


@pytest.mark.parametrize(
    ("fields", "account"),
    [
        ({"currency": "CHF"}, True),
        ({"iban": "DE00370400440532013000"}, True),
        ({"payable": 100_000_000_000}, True),
        ({"iban": None}, False),
        ({"paid": 50_000, "payable": 0}, False),
        ({"kind": "credit_note", "payable": 0}, False),
    ],
)
def test_there_is_no_code_where_it_could_not_pay(fields: dict[str, Any], account: bool) -> None:
    pdf = draw(an_invoice(**fields))

    assert codes(pdf) == []
    assert ("IBAN" in "\n".join(pages(pdf))) is account


def test_what_is_paid_in_part_says_what_is_left() -> None:
    text = text_of(an_invoice(paid=10_000, payable=40_000))

    assert "Paid -100.00\nAmount due 400.00 EUR" in text
    assert "Please transfer 400.00 EUR" in text


def test_a_paid_invoice_says_so_and_asks_for_nothing() -> None:
    text = text_of(an_invoice(paid=50_000, payable=0))

    assert "This invoice has been paid. Nothing is due." in text
    assert "Please transfer" not in text


def test_an_invoice_without_a_due_date_names_none() -> None:
    assert "Please transfer 500.00 EUR and give the reference." in text_of(an_invoice(due_on=None))


def test_a_credit_note_names_the_invoice_that_it_corrects() -> None:
    text = text_of(
        an_invoice(kind="credit_note", number="CN-000007", corrects="INV-000123", due_on=None, payable=0)
    )

    assert "Credit note CN-000007" in text
    assert "Corrects invoice INV-000123" in text
    assert "paid" not in text.lower()


def test_what_people_write_is_shown_and_never_obeyed() -> None:
    written = '#panic("x") *bold* $x$ @ref <tag> \\ ] #{ "quoted" \'s // /* `raw` = Head'
    text = text_of(
        an_invoice(
            a_line(text=written),
            seller=SELLER.model_copy(update={"name": written}),
            buyer=Party(name=written, lines=[written], reference=written),
            event_title=written,
            note=written,
        )
    )

    plain = "".join(text.split())
    assert plain.count("".join(written.split())) == 9


@pytest.mark.parametrize("word", ["W" * 200, "Donaudampfschifffahrtsgesellschaft " * 6, "a b " * 60])
def test_long_texts_wrap_within_the_page(word: str) -> None:
    party = Party(name=word, lines=[word[:80]] * 4, vat_id=word[:40], reference=word[:80])
    line = a_line(text=word, unit=99_999_999, quantity=99_999)
    pdf = draw(an_invoice(line, seller=party, buyer=party, event_title=word, note=word * 5))

    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            text = page.get_textpage()
            boxes = [text.get_charbox(at) for at in range(text.count_chars())]
            assert min(left for left, *_ in boxes) > 60
            assert max(right for _, _, right, _ in boxes) < 595 - 50
    assert "".join(word.split()) in "".join("".join(pages(pdf)).split())


def test_the_address_stands_in_the_window_of_an_envelope() -> None:
    """The window of DIN 5008, form B, shows an address from 62.7 mm to 90 mm below the top edge."""
    lines = ["Accounts", "Hauptstraße 5", "10115 Berlin", "Germany"]
    pdf = draw(an_invoice(buyer=Party(name="Ingrid Ås GmbH", lines=lines)))

    with pypdfium2.PdfDocument(pdf) as document:
        text = document[0].get_textpage()
        tops = []
        for line in ["Ingrid Ås GmbH", "Germany"]:
            at, count = text.search(line).get_next()
            rectangles = [text.get_charbox(at + place) for place in range(count)]
            assert min(left for left, *_ in rectangles) == pytest.approx(25 / 25.4 * 72, abs=2)
            tops.append((842 - max(top for *_, top in rectangles)) / 72 * 25.4)
    assert 62 < tops[0] < tops[1] < 87


@pytest.mark.parametrize("name", ["Ωμέγα ΑΕ", "Иван Петров", "Łódź Žižkov", "Ærø Åse"])
def test_names_in_other_alphabets_are_printed(name: str) -> None:
    pdf = draw(an_invoice(buyer=Party(name=name)))

    assert name in "\n".join(pages(pdf))
    assert b"pdfaid:part>2<" in pdf


def test_a_name_that_no_font_has_still_gives_an_invoice() -> None:
    pdf = draw(an_invoice(buyer=Party(name="株式会社 東京")))

    assert "Total 500.00 EUR" in "\n".join(pages(pdf))
    assert codes(pdf)


def test_a_document_drawn_again_is_the_same_file() -> None:
    document = an_invoice()

    assert draw(document) == draw(document)
    assert PdfReader(BytesIO(draw(document))).metadata["/Title"] == "Invoice INV-000123"  # type: ignore[index]


LINES = st.builds(
    a_line,
    st.none() | st.decimals(0, 100, places=2).map(str),
    unit=st.integers(0, 10**8),
    quantity=st.integers(1, 100),
    included=st.booleans(),
)


@given(st.lists(LINES, max_size=20))
def test_the_sums_by_rate_are_those_of_the_lines(lines: list[InvoiceLine]) -> None:
    sums = tax_lines(lines)

    assert len({line.rate for line in sums}) == len(sums)
    assert {line.rate for line in sums} == {line.tax_rate for line in lines}
    assert sum(line.tax for line in sums) == sum(line.tax for line in lines)
    assert sum(line.gross for line in sums) == sum(line.total for line in lines)
    assert all(line.net + line.tax == line.gross for line in sums)


def test_the_highest_rate_comes_first_and_what_bears_no_tax_last() -> None:
    lines = [a_line("7"), a_line(None), a_line("19"), a_line("0")]

    assert tax_lines(lines)[0] == TaxLine(rate=Decimal(19), net=42_017, tax=7_983, gross=50_000)
    assert [line.rate for line in tax_lines(lines)] == [19, 7, 0, None]


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_can_be_printed(name: str, note: str) -> None:
    pdf = draw(an_invoice(buyer=Party(name=name, lines=[note]), note=note))

    assert "Total 500.00 EUR" in "\n".join(pages(pdf))
