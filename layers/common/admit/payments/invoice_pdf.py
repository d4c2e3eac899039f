"""An invoice or credit note on paper: what stands on it, and its drawing as PDF.

The PDF is of the archival kind A-2b (ISO 19005-2), and the same document gives the same bytes.
"""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

import typst
from babel.dates import format_date
from babel.numbers import format_decimal
from stdnum import iban as ibans

from admit.errors import Invalid
from admit.model import Entity, Percent
from admit.money import minor_units
from admit.orders.ledger import DocumentKind
from admit.payments.giro import giro_code
from admit.payments.invoice_words import Words, words_of
from admit.payments.reference import printed
from admit.press.typeset import fonts

_TEMPLATE = Path(__file__).with_name("invoice.typ")
_NO_GLYPH = "could not be displayed"


class InvoiceLine(Entity):
    """One thing that was sold. `total` has the tax in it, `unit` and `discount` as prices are quoted."""

    text: str
    quantity: int
    unit: int
    discount: int = 0
    tax_rate: Percent | None = None
    tax: int = 0
    total: int


class TaxLine(Entity):
    """What was sold at one rate; None for what bears no tax."""

    rate: Percent | None = None
    net: int
    tax: int
    gross: int


class Party(Entity):
    name: str
    lines: list[str] = []
    """The address, line by line."""
    vat_id: str | None = None
    email: str | None = None
    reference: str | None = None
    """What the buyer wants to read on it, such as the number of a purchase order."""


class Document(Entity):
    """All that stands on an invoice or credit note. Amounts are minor units of its currency."""

    kind: DocumentKind
    number: str
    issued_at: date
    supplied: str
    """The day or days of the event, in words."""
    due_on: date | None = None
    seller: Party
    buyer: Party
    currency: str
    lines: list[InvoiceLine]
    subtotal: int
    discount: int
    tax: int
    total: int
    tax_lines: list[TaxLine]
    tax_included: bool
    """Whether prices contain the tax, or it is added."""
    paid: int = 0
    payable: int
    reference: str = ""
    """The creditor reference of the payment, without spaces."""
    iban: str | None = None
    bic: str | None = None
    account_holder: str | None = None
    corrects: str | None = None
    """The number of the invoice that a credit note corrects."""
    note: str = ""
    language: str = "en"
    event_title: str
    order_code: str


def tax_lines(lines: Sequence[InvoiceLine]) -> list[TaxLine]:
    """Sum lines by their rate, the highest first; the sums are exactly those of the lines."""
    rates = sorted(
        {line.tax_rate for line in lines}, key=lambda rate: -1 if rate is None else rate, reverse=True
    )
    return [_taxed(rate, [line for line in lines if line.tax_rate == rate]) for rate in rates]


def _taxed(rate: Decimal | None, lines: Sequence[InvoiceLine]) -> TaxLine:
    tax, gross = sum(line.tax for line in lines), sum(line.total for line in lines)
    return TaxLine(rate=rate, net=gross - tax, tax=tax, gross=gross)


def draw(document: Document) -> bytes:
    """Return the document as PDF of A4 pages.

    It is PDF/A-2b, unless a text has a letter that no font here has: then it is plain PDF with a box for it.
    """
    inputs = {"document": json.dumps(_view(document))}
    issued = datetime.combine(document.issued_at, time(12), UTC)
    try:
        pdf = _compiler().compile(format="pdf", sys_inputs=inputs, timestamp=issued, pdf_standards=["a-2b"])
    except typst.TypstError as refused:
        if _NO_GLYPH not in refused.message:
            raise
        pdf = _compiler().compile(format="pdf", sys_inputs=inputs, timestamp=issued)
    assert isinstance(pdf, bytes), "a PDF is one file"
    return pdf


@cache
def _compiler() -> typst.Compiler:
    """Compile the template's fonts once a process."""
    return typst.Compiler(str(_TEMPLATE), font_paths=fonts(), ignore_system_fonts=True)


class _Written(NamedTuple):
    """How amounts, rates and dates are written in a language."""

    locale: str
    currency: str

    def amount(self, amount: int) -> str:
        # One whole unit counts as 1, 100 or 1000 minor units.
        places = len(str(minor_units("1", self.currency))) - 1
        pattern = "#,##0." + "0" * places if places else "#,##0"
        return format_decimal(Decimal(amount).scaleb(-places), pattern, locale=self.locale)

    def money(self, amount: int) -> str:
        return f"{self.amount(amount)}\u00a0{self.currency}"

    def rate(self, rate: Decimal | None) -> str:
        return "" if rate is None else f"{format_decimal(rate, '0.##', locale=self.locale)}\u00a0%"

    def day(self, day: date) -> str:
        return format_date(day, "long", locale=self.locale)


def _view(document: Document) -> dict[str, object]:
    """Return what the template shows: every text and amount as it is read."""
    words = words_of(document.language)
    written = _Written(words.locale, document.currency)
    kind = words.invoice if document.kind is DocumentKind.INVOICE else words.credit_note
    return {
        "language": words.locale[:2],
        "kind": kind,
        "number": document.number,
        "seller": _party(document.seller, words),
        "buyer": _party(document.buyer, words),
        "event": document.event_title,
        "facts": _facts(document, words, written),
        "table": _table(document, words, written),
        "prices": (words.with_tax if document.tax_included else words.without_tax) if document.tax else "",
        "sums": _sums(document, words, written),
        "taxes": _taxes(document, words, written),
        "payment": _payment(document, words, written),
        "note": document.note,
        "page": words.page,
    }


def _party(party: Party, words: Words) -> dict[str, object]:
    vat_id = f"{words.tax_id} {party.vat_id}" if party.vat_id else None
    return {"name": party.name, "lines": party.lines, "more": [x for x in (vat_id, party.email) if x]}


def _facts(document: Document, words: Words, written: _Written) -> list[tuple[str, str]]:
    facts = [
        (words.date, written.day(document.issued_at)),
        (words.supplied, document.supplied),
        (words.due, written.day(document.due_on) if document.due_on else ""),
        (words.corrects, document.corrects or ""),
        (words.order, document.order_code),
        (words.your_reference, document.buyer.reference or ""),
    ]
    return [(label, text) for label, text in facts if text]


def _table(document: Document, words: Words, written: _Written) -> dict[str, object]:
    """Return the columns of the lines; discounts and rates have one where there are any."""
    discounts = any(line.discount for line in document.lines)
    rates = any(line.tax_rate is not None for line in document.lines)
    amount = f"{words.amount} ({document.currency})"
    header = [
        words.text,
        words.quantity,
        words.unit,
        *[words.discount] * discounts,
        *[words.rate] * rates,
        amount,
    ]
    rows = [
        [
            line.text,
            format_decimal(line.quantity, locale=words.locale),
            written.amount(line.unit),
            *[written.amount(-line.discount) if line.discount else ""] * discounts,
            *[written.rate(line.tax_rate)] * rates,
            written.amount(line.total if document.tax_included else line.total - line.tax),
        ]
        for line in document.lines
    ]
    return {"header": header, "rows": rows}


def _sums(document: Document, words: Words, written: _Written) -> list[dict[str, object]]:
    """Return the sums under the lines; an added tax stands above the total, a contained one below."""
    total = (words.total, document.total, True)
    rows = []
    if document.discount:
        rows += [(words.subtotal, document.subtotal, False), (words.discount, -document.discount, False)]
    elif document.tax and not document.tax_included:
        rows += [(words.subtotal, document.subtotal, False)]
    if not document.tax:
        rows += [total]
    elif document.tax_included:
        rows += [total, (words.tax_within, document.tax, False)]
    else:
        rows += [(words.tax, document.tax, False), total]
    if document.kind is DocumentKind.INVOICE and (document.paid or document.payable != document.total):
        rows += [(words.paid, -document.paid, False), (words.payable, document.payable, True)]
    return [
        {
            "label": label,
            "amount": written.money(amount) if strong else written.amount(amount),
            "strong": strong,
        }
        for label, amount, strong in rows
    ]


def _taxes(document: Document, words: Words, written: _Written) -> dict[str, object] | None:
    if all(line.rate is None for line in document.tax_lines):
        return None
    rows = [
        [
            written.rate(line.rate) or "\u2013",
            written.amount(line.net),
            written.amount(line.tax),
            written.amount(line.gross),
        ]
        for line in document.tax_lines
    ]
    return {"header": [f"{words.rate} %", words.net, words.tax, words.gross], "rows": rows}


def _payment(document: Document, words: Words, written: _Written) -> dict[str, object] | None:
    """Return how to pay, or that nothing is left to pay; a credit note says neither."""
    if document.kind is DocumentKind.CREDIT_NOTE:
        return None
    if document.payable <= 0:
        return {"text": words.is_paid, "facts": [], "code": None} if document.total > 0 else None
    if not document.iban:
        return None
    sentence = words.transfer_by if document.due_on else words.transfer
    day = written.day(document.due_on) if document.due_on else ""
    holder = document.account_holder or document.seller.name
    facts = [
        (words.holder, holder),
        ("IBAN", ibans.format(document.iban)),
        ("BIC", document.bic or ""),
        (words.reference, printed(document.reference)),
    ]
    return {
        "text": sentence.format(amount=written.money(document.payable), date=day),
        "facts": [(label, text) for label, text in facts if text],
        "code": _code(document, holder),
        "scan": words.scan,
    }


def _code(document: Document, holder: str) -> str | None:
    """Return the giro code as SVG, None where there can't be one: another currency, or no sound account."""
    if document.currency != "EUR" or not document.iban:
        return None
    try:
        return giro_code(holder, document.iban, document.bic, document.payable, document.reference).decode()
    except Invalid:
        return None
