"""What a bank says has moved on an account: statements as ISO 20022 XML (camt.052 to camt.054) or as CSV.

A line has the same id whenever it is read again, from the same statement or one that overlaps it: the bank's
own reference names it, else its content, and which of several equal lines of the file it is. For that a
statement has to have all of a booking day's equal lines or none.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from stdnum import iban as ibans

from admit.catalog.imports import Cells, Entry, refused
from admit.errors import Invalid
from admit.faults import FaultCode
from admit.ids import derived_id
from admit.model import Entity
from admit.money import CURRENCIES, minor_units
from admit.sheet import MOST_ROWS, Column, read_sheet

MOST_BYTES = 4_000_000
_MOST = 2**53 - 1  # as far as every JSON reader counts exactly
_MOST_TEXT = 2_000
_MOST_NAME = 140

_ROOT = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:camt\.05[234]\.001\.(?:0[2-9]|1[0-3])\}Document")
_DIRECTIONS = {"CRDT": 1, "DBIT": -1}
_AMOUNT = re.compile(r"\+?(?:[0-9]{1,18}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})")
_CURRENCY = re.compile("[A-Z]{3}")
_STATEMENTS = ("BkToCstmrStmt/Stmt", "BkToCstmrAcctRpt/Rpt", "BkToCstmrDbtCdtNtfctn/Ntfctn")
# What banks write where they have no reference.
_NOTHING = {"", "NONREF", "NOTPROVIDED", "NOT PROVIDED", "NOTAVAILABLE", "NONE", "N/A"}
# ISO 4217 exponents other than 2 of currencies that can't be charged, and may be on an account all the same.
_OTHER_EXPONENTS = {"ISK": 0, "UGX": 0, "UYI": 0, "IQD": 3, "LYD": 3, "CLF": 4, "UYW": 4}


class BankLine(Entity):
    """One movement on an account. `amount` is in minor units, negative when money has left."""

    id: str
    booked_on: date
    amount: int
    currency: str
    text: str
    """What it is for, as the payer wrote it: line by line, structured references below."""
    name: str = ""
    """Of who paid, or was paid; so is `iban`."""
    iban: str | None = None
    end_to_end_id: str | None = None
    row: int
    """Its place in the file: 1 for the first line of a CAMT file; of CSV the header is row 1."""


class _Read(NamedTuple):
    """A line before it has its id."""

    identity: tuple[str, ...]
    """What names it beside its day and amount."""
    line: BankLine


def _named(lines: Iterable[_Read]) -> list[BankLine]:
    """Give lines their ids: of equal ones each has its number."""
    seen: Counter[tuple[str, ...]] = Counter()
    named = []
    for identity, line in lines:
        parts = (line.booked_on.isoformat(), str(line.amount), line.currency, *identity)
        seen[parts] += 1
        named.append(line.model_copy(update={"id": derived_id("bank line", *parts, str(seen[parts]))}))
    return named


def _content(line: BankLine) -> tuple[str, ...]:
    return ("content", line.text, line.name, line.iban or "", line.end_to_end_id or "")


def _minor(amount: Decimal, currency: str) -> int:
    """Return a decimal amount in minor units, exactly. Raises ValueError."""
    if currency in CURRENCIES:
        exponent = len(str(minor_units("1", currency))) - 1
    else:
        exponent = _OTHER_EXPONENTS.get(currency, 2)
    minor = amount.scaleb(exponent)
    if minor != minor.to_integral_value():
        raise ValueError(f"has too many decimals; {currency} has {exponent}")
    if abs(minor) > _MOST:
        raise ValueError("is larger than any amount that is counted here")
    return int(minor)


# --- CAMT -------------------------------------------------------------------------------------------------


def read_camt053(content: bytes) -> list[BankLine]:
    """Read the booked lines of a CAMT file, in its order; each payment of a batch is a line of its own.

    Raises Invalid for what is no such file of at most 4 MB and 10,000 lines.
    """
    document = _document(content)
    _strip_namespaces(document)
    statements = [statement for path in _STATEMENTS for statement in document.iterfind(path)]
    if not statements:
        raise _refused("has no statement in it; export the statement as CAMT.053 again")
    lines: list[_Read] = []
    entries = 0
    for statement in statements:
        account = _first(statement, "Acct/Id/IBAN", "Acct/Id/Othr/Id")
        for entry in statement.iterfind("Ntry"):
            entries += 1
            if _first(entry, "Sts/Cd", "Sts") == "BOOK":
                lines += _lines_of(entry, account, entries)
            if len(lines) > MOST_ROWS:
                raise _refused(f"has more than {MOST_ROWS} lines; export fewer days at a time")
    return _named(
        read._replace(line=read.line.model_copy(update={"row": row})) for row, read in enumerate(lines, 1)
    )


def _refused(message: str) -> Invalid:
    return Invalid.field("content", message)


def _document(content: bytes) -> Element:
    if len(content) > MOST_BYTES:
        raise _refused("is larger than 4 MB; export fewer days at a time")
    if content.startswith(b"PK\x03\x04"):
        raise _refused("is a ZIP archive; unpack it and send the XML files in it one by one")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise _refused("is not UTF-8 text; export the statement as CAMT.053 XML") from exc
    try:
        document = fromstring(text, forbid_dtd=True)
    except DefusedXmlException as exc:
        raise _refused(
            "has a document type definition, which no bank writes; send the bank's own file"
        ) from exc
    except (ParseError, ValueError) as exc:
        raise _refused("is not whole XML; download the statement from the bank again") from exc
    if not _ROOT.fullmatch(document.tag):
        raise _refused("is not a CAMT.053 statement; choose CAMT.053 where the bank offers its exports")
    return document


def _strip_namespaces(document: Element) -> None:
    """Take the namespaces off all tags: their names are the same in every version."""
    for element in document.iter():
        element.tag = element.tag.rpartition("}")[2]


def _first(element: Element, *paths: str) -> str:
    """Return the first of these texts that is given, with single blanks."""
    for path in paths:
        for found in element.iterfind(path):
            if text := " ".join((found.text or "").split()):
                return text
    return ""


def _reference(element: Element, *paths: str) -> str:
    """Return the first of these references that is one."""
    found = (_first(element, path) for path in paths)
    return next((text for text in found if text.upper() not in _NOTHING), "")


def _lines_of(entry: Element, account: str, number: int) -> Iterator[_Read]:
    """Yield the lines of an entry: one for each payment of a batch whose amounts make up the entry's.

    A batch that gives no amounts, or others than were booked, such as before charges, stays one line.
    """
    total, currency = _amount(entry, number)
    booked_on = _day(entry, number)
    payments = entry.findall("NtryDtls/TxDtls")
    said = [_part(payment, currency, 1 if total > 0 else -1) for payment in payments]
    parts = [part for part in said if part is not None]
    bank_reference = _reference(entry, "AcctSvcrRef")
    if len(payments) < 2 or len(parts) < len(payments) or sum(parts) != total:
        line = _line(entry, payments, total, currency, booked_on)
        reference = bank_reference or (_own_reference(payments[0]) if len(payments) == 1 else "")
        yield _Read(("entry", account, reference) if reference else (account, *_content(line)), line)
        return
    for payment, part in zip(payments, parts, strict=True):
        line = _line(entry, [payment], part, currency, booked_on)
        own = _own_reference(payment)
        named = ("payment", account, bank_reference, own)
        yield _Read(named if own else (account, bank_reference, *_content(line)), line)


def _own_reference(payment: Element) -> str:
    return " ".join(filter(None, (_reference(payment, f"Refs/{name}") for name in ("AcctSvcrRef", "TxId"))))


def _amount(entry: Element, number: int) -> tuple[int, str]:
    """Return what an entry adds to the account, and its currency.

    The indicator says which way the money went, of a reversal too: `RvslInd` only says that what is undone
    went the other way.
    """
    amount = entry.find("Amt")
    direction = _first(entry, "CdtDbtInd")
    if amount is None or direction not in _DIRECTIONS:
        raise _refused(f"lacks the amount of entry {number}, or whether it came or went; export it again")
    try:
        minor, currency = _money(amount)
    except ValueError as wrong:
        raise _refused(f"has an amount in entry {number} that {wrong}; export it again") from wrong
    return minor * _DIRECTIONS[direction], currency


def _money(amount: Element) -> tuple[int, str]:
    """Read an amount, which has no sign of its own. Raises ValueError."""
    written, currency = (amount.text or "").strip(), amount.get("Ccy", "")
    if not (_AMOUNT.fullmatch(written) and _CURRENCY.fullmatch(currency)):
        raise ValueError("is not a number with a currency")
    return _minor(Decimal(written), currency), currency


def _part(payment: Element, currency: str, direction: int) -> int | None:
    """Return what a payment of a batch adds to the account; None when it does not say so in its currency.

    `direction` is that of the batch.
    """
    for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"):
        amount = payment.find(path)
        if amount is not None and amount.get("Ccy") == currency:
            try:
                minor, _ = _money(amount)
            except ValueError:
                return None
            return minor * _DIRECTIONS.get(_first(payment, "CdtDbtInd"), direction)
    return None


def _day(entry: Element, number: int) -> date:
    written = _first(entry, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")
    try:
        return date.fromisoformat(written[:10])
    except ValueError as exc:
        raise _refused(f"lacks the day of entry {number}; export it again") from exc


def _line(
    entry: Element, payments: Sequence[Element], amount: int, currency: str, booked_on: date
) -> BankLine:
    """Return a line of one payment, or of all that an entry holds."""
    only = payments[0] if len(payments) == 1 else None
    name, iban = _counterparty(entry, only, amount) if only is not None else ("", "")
    texts = [text for payment in payments for text in _remittance(payment)]
    texts = texts or [_first(payment, "AddtlTxInf") for payment in payments]
    texts = [text for text in texts if text] or [_first(entry, "AddtlNtryInf")]
    return BankLine(
        id="",
        booked_on=booked_on,
        amount=amount,
        currency=currency,
        text="\n".join(texts)[:_MOST_TEXT],
        name=name[:_MOST_NAME],
        iban=iban or None,
        end_to_end_id=(_reference(only, "Refs/EndToEndId") or None) if only is not None else None,
        row=0,
    )


def _remittance(payment: Element) -> list[str]:
    """Return what a payment is for: the payer's words, then structured references and document numbers."""
    paths = (
        "RmtInf/Ustrd",
        "RmtInf/Strd/CdtrRefInf/Ref",
        "RmtInf/Strd/RfrdDocInf/Nb",
        "RmtInf/Strd/AddtlRmtInf",
    )
    texts = [" ".join((found.text or "").split()) for path in paths for found in payment.iterfind(path)]
    return [text for text in texts if text]


def _counterparty(entry: Element, payment: Element, amount: int) -> tuple[str, str]:
    """Return name and IBAN of the other side.

    In a reversal the sides stand as in what is undone; a bank that turns them names the other one alone.
    """
    parties = payment.find("RltdPties")
    if parties is None:
        return "", ""
    sides = ["Dbtr", "Cdtr"] if amount > 0 else ["Cdtr", "Dbtr"]
    for side in reversed(sides) if _first(entry, "RvslInd") in ("true", "1") else sides[:1]:
        name = _first(parties, f"{side}/Nm", f"{side}/Pty/Nm", f"Ultmt{side}/Nm", f"Ultmt{side}/Pty/Nm")
        iban = ibans.compact(_first(parties, f"{side}Acct/Id/IBAN"))
        if name or iban:
            return name, iban
    return "", ""


# --- CSV --------------------------------------------------------------------------------------------------

# The headers of each column in English, German, French and Norwegian.
_HEADERS = {
    "date": (
        "date; booking date; booked on; transaction date; buchungstag; buchungsdatum; datum; "
        "date de comptabilisation; date comptable; date opération; date d'opération; "
        "dato; bokført dato; bokføringsdato"
    ),
    "amount": "amount; betrag; umsatz; montant; beløp",
    "credit": "credit; paid in; money in; haben; gutschrift; crédit; inn på konto; inn",
    "debit": "debit; paid out; money out; soll; lastschrift; débit; ut fra konto; ut",
    "currency": "currency; währung; waehrung; devise; valuta",
    "text": (
        "text; remittance; remittance information; description; details; verwendungszweck; buchungstext; "
        "libellé; libelle; communication; motif; melding; forklaring; beskrivelse; tekst"
    ),
    "name": (
        "name; counterparty; payer; beguenstigter/zahlungspflichtiger; begünstigter/zahlungspflichtiger; "
        "auftraggeber/empfänger; name zahlungsbeteiligter; zahlungspflichtige*r; zahlungspflichtiger; "
        "auftraggeber; nom; tiers; contrepartie; donneur d'ordre; navn; avsender; betaler"
    ),
    "iban": "iban; counterparty iban; kontonummer/iban; iban zahlungsbeteiligter",
    "id": "id; transaction id; bank reference; umsatz-id; transaktions-id; arkivreferanse",
}
_REQUIRED = {"date", "text"}

_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.((?:20)?[0-9]{2})")
_ISO_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ].*)?")
_SIGNED = re.compile(
    r"(?P<sign>[+-]?) ?(?P<whole>[0-9]{1,15}|[0-9]{1,3}(?P<group>[ '.,])[0-9]{3}(?:(?P=group)[0-9]{3}){0,4})"
    r"(?:(?P<point>[.,])(?P<decimals>[0-9]{1,6}))?(?P<after>-?)"
)
_NO_AMOUNT = "is not an amount; write it as 1250.00 or -1250,00"
_PLAIN_MARKS = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'", "\u2212": "-"})


def read_bank_csv(
    content: str, columns: Mapping[str, str] | None = None, currency: str | None = None
) -> list[Entry[BankLine]]:
    """Read a bank's CSV file: each row becomes a line, or says what is wrong with it.

    `columns` gives the header of a column (date, amount, credit, debit, currency, text, name, iban, id) where
    the file has another than those known here; `currency` is that of rows that name none. Raises Invalid for
    a file that lacks a column, and as `read_sheet` does.
    """
    given = columns or {}
    if unknown := given.keys() - _HEADERS.keys():
        raise Invalid.field("columns", f"has none of these names: {min(unknown)[:40]}")
    sheet = read_sheet(content, [_column(name, given.get(name)) for name in _HEADERS])
    if not any(row.cells.keys() & {"amount", "credit", "debit"} for row in sheet.rows):
        raise Invalid.field("csv", "lacks the columns: amount")
    every = [Cells(sheet, row) for row in sheet.rows]
    read = [(cells, _row(cells, currency)) for cells in every]
    named = iter(_named(found for _, found in read if found))
    return [
        Entry(cells.row, next(named)) if found else Entry(cells.row, None, refused(cells.row, cells.faults))
        for cells, found in read
    ]


def _column(name: str, header: str | None) -> Column:
    headers = (header,) if header else tuple(_HEADERS[name].split("; "))
    return Column(name, headers, required=name in _REQUIRED)


def _row(cells: Cells, currency: str | None) -> _Read | None:
    """Read a row; None when something is wrong with it, which the cells then know."""
    if cells.faults:
        return None
    booked_on = _booked_on(cells)
    written = cells.text("currency").upper() or currency or ""
    if not _CURRENCY.fullmatch(written):
        cells.fault("currency", "is not a currency of three letters; write EUR, or say which the account has")
        return None
    amount = _signed(cells, written)
    if booked_on is None or amount is None:
        return None
    line = BankLine(
        id="",
        booked_on=booked_on,
        amount=amount,
        currency=written,
        text=cells.text("text")[:_MOST_TEXT],
        name=" ".join(cells.text("name").split())[:_MOST_NAME],
        iban=ibans.compact(cells.text("iban")) if ibans.is_valid(cells.text("iban")) else None,
        row=cells.row,
    )
    reference = cells.text("id")
    named = reference.upper() not in _NOTHING
    return _Read(("row", reference) if named else _content(line), line)


def _booked_on(cells: Cells) -> date | None:
    text = cells.text("date")
    try:
        if day := _DAY.fullmatch(text):
            return date(2000 + int(day[3]) % 100, int(day[2]), int(day[1]))
        if day := _ISO_DAY.fullmatch(text):
            return date.fromisoformat(day[1])
    except ValueError:
        pass
    cells.fault("date", "is not a day; write it as 2027-06-03 or 03.06.2027", FaultCode.NOT_A_DATE)
    return None


def _signed(cells: Cells, currency: str) -> int | None:
    """Return the amount of a row, or what came in less what went out."""
    found = {name: cells.text(name) for name in ("amount", "credit", "debit") if cells.text(name)}
    if not found:
        cells.fault("amount", "is missing", FaultCode.MISSING)
        return None
    amounts = {}
    for name, text in found.items():
        try:
            amounts[name] = _read_amount(text, currency)
        except ValueError as wrong:
            cells.fault(name, str(wrong))
            return None
    if "amount" in amounts:
        return amounts["amount"]
    return amounts.get("credit", 0) - abs(amounts.get("debit", 0))


def _read_amount(text: str, currency: str) -> int:
    """Read an amount with its sign before or behind it, and thousands apart or not. Raises ValueError."""
    written = _SIGNED.fullmatch(text.translate(_PLAIN_MARKS))
    if written is None or (written["sign"] and written["after"]):
        raise ValueError(_NO_AMOUNT)
    group, point, decimals = written["group"], written["point"], written["decimals"] or ""
    if point and point == group:
        raise ValueError(_NO_AMOUNT)
    # 1.250 may be more than a thousand or one and a quarter; only a currency of three decimals says which.
    if len(decimals) == 3 and not group and (point == "," or _minor(Decimal(1), currency) != 1000):
        raise ValueError("could be read in two ways; write it with a decimal point and all decimals")
    whole = re.sub("[^0-9]", "", written["whole"])
    amount = _minor(Decimal(f"{whole}.{decimals or 0}"), currency)
    return -amount if "-" in (written["sign"], written["after"]) else amount
