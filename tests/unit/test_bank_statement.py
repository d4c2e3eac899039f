"""Bank statements: each movement once, exact to the last minor unit, under an id that stays."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admit.errors import Invalid
from admit.payments.bank_statement import MOST_BYTES, BankLine, read_bank_csv, read_camt053
from admit.payments.reference import references_in

ACCOUNT = "DE89370400440532013000"
IBAN = "NO9386011117947"
_ROOTS = {"052": "BkToCstmrAcctRpt/Rpt", "053": "BkToCstmrStmt/Stmt", "054": "BkToCstmrDbtCdtNtfctn/Ntfctn"}


def element(name: str, *content: str) -> str:
    return f"<{name}>{''.join(content)}</{name}>"


def a_payment(
    text: str | Iterable[str] = "INV-000123",
    *,
    amount: str = "",
    name: str = "Kari Nordmann",
    iban: str = IBAN,
    side: str = "Dbtr",
    reference: str = "",
    end_to_end: str = "NOTPROVIDED",
    strd: str = "",
    more: str = "",
    wrapped: bool = False,
) -> str:
    """Return the details of one payment; `wrapped` puts the name where versions from 8 on have it."""
    person = element("Nm", escape(name))
    texts = [text] if isinstance(text, str) else text
    return element(
        "TxDtls",
        element(
            "Refs",
            element("EndToEndId", end_to_end),
            element("TxId", reference) if reference else "",
        ),
        amount,
        element(
            "RltdPties",
            element(side, element("Pty", person) if wrapped else person),
            element(f"{side}Acct", element("Id", element("IBAN", iban))) if iban else "",
        ),
        element("RmtInf", *(element("Ustrd", escape(line)) for line in texts), strd),
        more,
    )


def an_entry(
    *payments: str,
    amount: str = "250.00",
    currency: str = "EUR",
    direction: str = "CRDT",
    status: str = "BOOK",
    day: str = "<Dt>2027-05-03</Dt>",
    reference: str = "",
    more: str = "",
) -> str:
    return element(
        "Ntry",
        f'<Amt Ccy="{currency}">{amount}</Amt>',
        element("CdtDbtInd", direction),
        more,
        element("Sts", status),
        element("BookgDt", day),
        element("AcctSvcrRef", reference) if reference else "",
        element("NtryDtls", *(payments or (a_payment(),))),
    )


def a_statement(
    *entries: str, version: str = "001.08", message: str = "053", account: str = ACCOUNT
) -> bytes:
    outer, inner = _ROOTS[message].split("/")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{message}.{version}">'
        + element(
            outer,
            element("GrpHdr", element("MsgId", "1")),
            element(inner, element("Acct", element("Id", element("IBAN", account))), *entries),
        )
        + "</Document>"
    ).encode()


def the_line(*entries: str, **fields: str) -> BankLine:
    [line] = read_camt053(a_statement(*entries, **fields))
    return line


def refusal(content: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        read_camt053(content)
    [fault] = refused.value.faults
    assert fault.field == "content"
    return fault.message


# --- CAMT -------------------------------------------------------------------------------------------------


def test_a_booked_entry_is_a_line_with_all_that_matching_needs() -> None:
    line = the_line(an_entry(a_payment("Invoice  INV-000123", end_to_end="E2E-1"), reference="2027-1"))

    assert line.model_dump(exclude={"id"}) == {
        "booked_on": date(2027, 5, 3),
        "amount": 25_000,
        "currency": "EUR",
        "text": "Invoice INV-000123",
        "name": "Kari Nordmann",
        "iban": IBAN,
        "end_to_end_id": "E2E-1",
        "row": 1,
    }


@pytest.mark.parametrize("version", [f"001.{number:02}" for number in range(2, 14)])
def test_every_version_is_read(version: str) -> None:
    new = version >= "001.08"
    entry = an_entry(a_payment(wrapped=new), status="<Cd>BOOK</Cd>" if new else "BOOK")

    line = the_line(entry, version=version)

    assert (line.amount, line.name) == (25_000, "Kari Nordmann")


@pytest.mark.parametrize("message", ["052", "053", "054"])
def test_reports_and_notifications_are_read_as_statements_are(message: str) -> None:
    assert the_line(an_entry(), message=message) == the_line(an_entry())


def test_only_what_is_booked_counts() -> None:
    entries = [an_entry(status=status) for status in ("PDNG", "INFO", "<Cd>PDNG</Cd>", "<Cd>FUTR</Cd>")]

    assert read_camt053(a_statement(*entries)) == []


def test_a_statement_of_a_quiet_day_has_no_lines() -> None:
    assert read_camt053(a_statement()) == []


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("0.1", "EUR", 10),
        ("12", "EUR", 1_200),
        ("12.500", "EUR", 1_250),
        ("1234567.89", "EUR", 123_456_789),
        (".5", "EUR", 50),
        ("1250", "JPY", 1_250),
        ("1250.00", "JPY", 1_250),
        ("12.345", "BHD", 12_345),
        ("700", "ISK", 700),
        ("70368744177663.99", "EUR", 7_036_874_417_766_399),
    ],
)
def test_amounts_are_exact_in_the_decimals_of_their_currency(amount: str, currency: str, minor: int) -> None:
    assert the_line(an_entry(amount=amount, currency=currency)).amount == minor


def test_money_that_left_is_negative_and_names_who_got_it() -> None:
    line = the_line(an_entry(a_payment(name="Hall Rentals", side="Cdtr"), direction="DBIT"))

    assert (line.amount, line.name, line.iban) == (-25_000, "Hall Rentals", IBAN)


def test_a_returned_payment_takes_its_money_off_again_and_names_who_had_paid() -> None:
    paid = an_entry(a_payment())
    returned = an_entry(a_payment(), direction="DBIT", more=element("RvslInd", "true"))

    first, second = read_camt053(a_statement(paid, returned))

    assert first.amount + second.amount == 0
    assert first.name == second.name == "Kari Nordmann"
    assert first.id != second.id


def test_a_bank_may_name_the_sides_of_a_return_the_other_way_round() -> None:
    returned = an_entry(a_payment(side="Cdtr"), direction="DBIT", more=element("RvslInd", "1"))

    assert the_line(returned).name == "Kari Nordmann"


def test_the_account_itself_is_never_the_other_side() -> None:
    line = the_line(an_entry(a_payment(side="Cdtr", name="Polar Events AS")))

    assert (line.name, line.iban) == ("", None)


def test_each_payment_of_a_batch_is_a_line() -> None:
    batch = an_entry(
        a_payment("INV-000001", amount='<Amt Ccy="EUR">100.00</Amt>', name="Ada"),
        a_payment(
            "INV-000002", amount=element("AmtDtls", element("TxAmt", '<Amt Ccy="EUR">150</Amt>')), name="Bo"
        ),
        reference="BATCH-1",
    )

    lines = read_camt053(a_statement(batch, an_entry()))

    assert [(line.amount, line.text, line.name, line.row) for line in lines] == [
        (10_000, "INV-000001", "Ada", 1),
        (15_000, "INV-000002", "Bo", 2),
        (25_000, "INV-000123", "Kari Nordmann", 3),
    ]
    assert len({line.id for line in lines}) == 3


def test_a_payment_that_goes_the_other_way_within_a_batch_is_subtracted() -> None:
    batch = an_entry(
        a_payment(amount='<Amt Ccy="EUR">300.00</Amt>'),
        a_payment(amount='<Amt Ccy="EUR">50.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>'),
    )

    assert [line.amount for line in read_camt053(a_statement(batch))] == [30_000, -5_000]


@pytest.mark.parametrize("second", ["", '<Amt Ccy="EUR">149.00</Amt>', '<Amt Ccy="USD">150.00</Amt>'])
def test_a_batch_whose_parts_do_not_make_its_amount_stays_one_line(second: str) -> None:
    batch = an_entry(
        a_payment("INV-000001", amount='<Amt Ccy="EUR">100.00</Amt>'), a_payment("INV-000002", amount=second)
    )

    line = the_line(batch)

    assert (line.amount, line.text, line.name) == (25_000, "INV-000001\nINV-000002", "")


def test_structured_references_stand_in_the_text() -> None:
    strd = element(
        "Strd",
        element("RfrdDocInf", element("Nb", "INV-000123")),
        element("CdtrRefInf", element("Ref", "RF73INV000123")),
        element("AddtlRmtInf", "with thanks"),
    )

    text = the_line(an_entry(a_payment([], strd=strd))).text

    assert text == "RF73INV000123\nINV-000123\nwith thanks"
    assert references_in(text) == ["RF73INV000123", "INV-000123"]


def test_a_reference_that_a_line_end_cuts_is_still_found() -> None:
    text = the_line(an_entry(a_payment(["Tickets, RF73 INV0", "0012 3 thanks"]))).text

    assert references_in(text) == ["RF73INV000123"]


def test_what_the_bank_adds_is_read_where_the_payer_wrote_nothing() -> None:
    added = element("AddtlTxInf", "Interest")

    assert the_line(an_entry(a_payment([], more=added))).text == "Interest"
    assert the_line(an_entry(a_payment("INV-000123", more=added))).text == "INV-000123"


def test_an_entry_without_details_is_a_line_of_its_own() -> None:
    entry = an_entry().replace(element("NtryDtls", a_payment()), element("AddtlNtryInf", "Account fee"))

    line = the_line(entry)

    assert (line.text, line.name, line.iban, line.end_to_end_id) == ("Account fee", "", None, None)


def test_the_day_may_come_with_a_time() -> None:
    line = the_line(an_entry(day="<DtTm>2027-05-03T23:59:00+02:00</DtTm>"))

    assert line.booked_on == date(2027, 5, 3)


def test_an_encoding_that_the_file_claims_and_has_not_is_passed_over() -> None:
    content = a_statement(an_entry(a_payment(name="Ærø"))).replace(b"UTF-8", b"ISO-8859-1")

    assert read_camt053(b"\xef\xbb\xbf" + content)[0].name == "Ærø"


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"", "not whole XML"),
        (b"Date;Amount\n2027-05-03;250", "not whole XML"),
        (a_statement(an_entry())[:-20], "not whole XML"),
        (a_statement(an_entry()) + b"<more/>", "not whole XML"),
        (b"<a>" * 100_000, "not whole XML"),
        (b"<a>" * 100_000 + b"</a>" * 100_000, "choose CAMT.053"),
        (a_statement(an_entry()).decode().encode("utf-16"), "not UTF-8"),
        (a_statement(an_entry(a_payment(name="Ærø"))).decode().encode("latin-1"), "not UTF-8"),
        (b"PK\x03\x04" + bytes(100), "ZIP"),
        (a_statement(an_entry()).replace(b"camt.053", b"pain.001"), "choose CAMT.053"),
        (a_statement(an_entry()).replace(b"001.08", b"001.99"), "choose CAMT.053"),
        (a_statement(an_entry()).replace(b"Stmt>", b"Other>"), "no statement"),
        (b" " * (MOST_BYTES + 1), "larger than 4 MB"),
        (a_statement("<Ntry><Sts>BOOK</Sts></Ntry>"), "entry 1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_statement_is_refused_and_the_sentence_says_what_to_do(content: bytes, hint: str) -> None:
    assert hint in refusal(content)


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE Document [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE Document SYSTEM "http://attacker.example/statement.dtd">',
    ],
)
def test_a_file_that_defines_entities_is_refused(declaration: str) -> None:
    content = a_statement(an_entry()).decode().replace("<Document", f"{declaration}<Document", 1)

    assert "document type" in refusal(content.encode())


@pytest.mark.parametrize(
    "fields",
    [
        {"amount": ""},
        {"amount": "1,50"},
        {"amount": "-5"},
        {"amount": "NaN"},
        {"amount": "1e9"},
        {"amount": "9" * 19},
        {"amount": "99999999999999999"},
        {"amount": "1.005"},
        {"currency": ""},
        {"currency": "eur"},
        {"direction": ""},
        {"direction": "CREDIT"},
        {"day": ""},
        {"day": "<Dt>03.05.2027</Dt>"},
    ],
)
def test_an_entry_that_can_not_be_read_stops_the_file_and_is_named(fields: dict[str, str]) -> None:
    assert "entry 2" in refusal(a_statement(an_entry(), an_entry(**fields)))


def test_more_lines_than_a_job_takes_are_refused() -> None:
    entry = an_entry().replace(element("NtryDtls", a_payment()), "")

    assert "more than 10000" in refusal(a_statement(*[entry] * 10_001))


# --- ids --------------------------------------------------------------------------------------------------


def test_the_same_statement_read_again_gives_the_same_ids() -> None:
    content = a_statement(an_entry(), an_entry(), an_entry(reference="2027-1"))

    lines = read_camt053(content)

    assert read_camt053(content) == lines
    assert len({line.id for line in lines}) == 3


def test_the_reference_of_the_bank_names_a_line_whatever_else_it_says_later() -> None:
    early = the_line(an_entry(a_payment("INV-000123"), reference="2027-1"), message="052")
    late = the_line(an_entry(a_payment("INV-000123 / booked"), reference="2027-1"))

    assert early.id == late.id


@pytest.mark.parametrize(
    "other",
    [
        {"amount": "250.01"},
        {"currency": "USD"},
        {"direction": "DBIT"},
        {"day": "<Dt>2027-05-04</Dt>"},
        {"reference": "2027-2"},
    ],
)
def test_a_reference_that_the_bank_uses_again_names_another_line(other: dict[str, str]) -> None:
    fields = {"reference": "2027-1"}

    assert the_line(an_entry(**fields)).id != the_line(an_entry(**fields | other)).id


def test_the_same_reference_on_another_account_names_another_line() -> None:
    entry = an_entry(reference="2027-1")

    assert the_line(entry).id != the_line(entry, account=IBAN).id


@pytest.mark.parametrize("reference", ["NONREF", "NOTPROVIDED", "notprovided"])
def test_a_reference_that_says_there_is_none_names_nothing(reference: str) -> None:
    lines = [
        the_line(an_entry(a_payment(text), reference=reference)) for text in ("INV-000001", "INV-000002")
    ]

    assert lines[0].id != lines[1].id


def test_payments_of_a_batch_keep_their_ids_in_another_order() -> None:
    payments = [
        a_payment(f"INV-00000{number}", amount='<Amt Ccy="EUR">125.00</Amt>', reference=reference)
        for number, reference in ((1, ""), (2, ""), (3, "TX-3"), (4, "TX-4"))
    ]
    there, back = (
        {
            line.text: line.id
            for line in read_camt053(a_statement(an_entry(*batch, amount="500", reference="B")))
        }
        for batch in (payments, payments[::-1])
    )

    assert there == back
    assert len(set(there.values())) == 4


MOVEMENTS = st.fixed_dictionaries(
    {
        "day": st.integers(0, 3),
        "minor": st.integers(1, 10**9) | st.integers(1, 3),
        "direction": st.sampled_from(["CRDT", "DBIT"]),
        "text": st.sampled_from(["INV-000123", "RF73 INV0 0012 3", "<thanks> & æøå"]),
        "name": st.sampled_from(["Kari", "Ola"]),
        "reference": st.sampled_from(["", "NONREF", "A-1", "A-2"]),
    }
)
FIRST_DAY = date(2027, 5, 3)


def as_entry(movement: Mapping[str, Any]) -> str:
    side = "Dbtr" if movement["direction"] == "CRDT" else "Cdtr"
    return an_entry(
        a_payment(movement["text"], name=movement["name"], side=side),
        amount=str(Decimal(movement["minor"]).scaleb(-2)),
        direction=movement["direction"],
        day=element("Dt", str(FIRST_DAY + timedelta(movement["day"]))),
        reference=movement["reference"],
    )


@given(st.lists(MOVEMENTS, max_size=12))
def test_what_is_written_into_a_statement_is_read_from_it(movements: list[dict[str, Any]]) -> None:
    lines = read_camt053(a_statement(*map(as_entry, movements)))

    assert [(line.amount, line.text, line.name, line.booked_on, line.row) for line in lines] == [
        (
            movement["minor"] * (1 if movement["direction"] == "CRDT" else -1),
            movement["text"],
            movement["name"],
            FIRST_DAY + timedelta(movement["day"]),
            row,
        )
        for row, movement in enumerate(movements, 1)
    ]
    assert len({line.id for line in lines}) == len(lines)


@given(
    st.lists(MOVEMENTS, max_size=12), st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=4)
)
def test_statements_that_overlap_have_no_line_twice_and_none_is_lost(
    movements: list[dict[str, Any]], spans: list[tuple[int, int]]
) -> None:
    def ids(first: int, last: int) -> dict[str, int]:
        entries = [as_entry(movement) for movement in movements if first <= movement["day"] <= last]
        return {line.id: line.amount for line in read_camt053(a_statement(*entries))}

    whole = ids(0, 3)
    parts = [ids(first, last) for first, last in spans] + [ids(day, day) for day in range(4)]

    assert {name: amount for part in parts for name, amount in part.items()} == whole


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        read_camt053(content)


@given(st.data())
def test_a_damaged_statement_is_read_or_refused(data: st.DataObject) -> None:
    whole = a_statement(an_entry(reference="2027-1"), an_entry(direction="DBIT"))
    at = data.draw(st.integers(0, len(whole)))
    damaged = whole[:at] + data.draw(st.binary(max_size=3)) + whole[at + data.draw(st.integers(0, 40)) :]

    try:
        lines = read_camt053(damaged)
    except Invalid:
        return
    assert len({line.id for line in lines}) == len(lines)


# --- CSV --------------------------------------------------------------------------------------------------


def csv_lines(text: str, **options: Any) -> list[BankLine]:
    entries = read_bank_csv(text, **options)
    assert [entry.outcome for entry in entries if entry.outcome] == []
    return [entry.wanted for entry in entries if entry.wanted]


@pytest.mark.parametrize(
    "text",
    [
        "Date,Amount,Currency,Text,Name,ID\n2027-05-03,250.00,EUR,INV-000123,Kari,B-1\n",
        "Buchungstag;Betrag;Währung;Verwendungszweck;Zahlungspflichtige*r;ID\n03.05.2027;250,00;EUR;INV-000123;Kari;B\n",
        'Date comptable;Montant;Devise;Libellé;Tiers;ID\n03.05.27;"+250,00";eur;INV-000123;Kari;B-1\n',
        "Dato\tBeløp\tValuta\tMelding\tAvsender\tArkivreferanse\n3.5.2027\t250\tEUR\tINV-000123\tKari\tB-1\n",
    ],
)
def test_a_file_is_read_in_each_language(text: str) -> None:
    [line] = csv_lines(text)

    assert line.model_dump(exclude={"id"}) == {
        "booked_on": date(2027, 5, 3),
        "amount": 25_000,
        "currency": "EUR",
        "text": "INV-000123",
        "name": "Kari",
        "iban": None,
        "end_to_end_id": None,
        "row": 2,
    }


@pytest.mark.parametrize(
    ("written", "currency", "minor"),
    [
        ("1250.00", "EUR", 125_000),
        ("1250,00", "EUR", 125_000),
        ("1.250,00", "EUR", 125_000),
        ("1,250.00", "EUR", 125_000),
        ("1 250,00", "EUR", 125_000),
        ("1\u202f250,00", "EUR", 125_000),
        ("1’250.00", "EUR", 125_000),
        ("1.250.000", "EUR", 125_000_000),
        ("-12,5", "EUR", -1_250),
        ("\u221212.50", "EUR", -1_250),
        ("12,50-", "EUR", -1_250),
        ("+12.50", "EUR", 1_250),
        ("0.00", "EUR", 0),
        ("12.500", "BHD", 12_500),
        ("1250", "JPY", 1_250),
        ("1 250", "JPY", 1_250),
    ],
)
def test_an_amount_is_read_as_banks_write_it(written: str, currency: str, minor: int) -> None:
    [line] = csv_lines(f"date;amount;currency;text\n2027-05-03;{written};{currency};INV-000123\n")

    assert line.amount == minor


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("1.250", "two ways"),
        ("1,250", "two ways"),
        ("1.005,001", "too many decimals"),
        ("12.345.67", "not an amount"),
        ("1.250.00", "not an amount"),
        ("-5-", "not an amount"),
        ("12,50 kr", "not an amount"),
        ("1e3", "not an amount"),
        ("=1+1", "not an amount"),
        ("", "is missing"),
    ],
)
def test_an_amount_that_could_be_another_is_a_fault_of_its_row(written: str, hint: str) -> None:
    [entry] = read_bank_csv(f"date;amount;currency;text\n2027-05-03;{written};EUR;INV-000123\n")

    assert entry.outcome is not None
    [fault] = entry.outcome.errors
    assert (fault.row, fault.field) == (2, "amount")
    assert hint in fault.message


def test_a_row_at_fault_takes_no_other_with_it() -> None:
    entries = read_bank_csv(
        "Buchungstag;Betrag;Währung;Verwendungszweck\n"
        "03.05.2027;1,00;EUR;first\n"
        "31.02.2027;2,00;EUR;no such day\n"
        "03.05.2027;x;EUR;no amount\n"
        "03.05.2027;4,00;Euro;no currency\n"
        "03.05.2027;5,00;EUR;too;many\n"
        "05/03/2027;y;EUR;nothing right\n"
        "04.05.2027;6,00;EUR;last\n"
    )

    assert [(entry.row, entry.wanted.text) for entry in entries if entry.wanted] == [
        (2, "first"),
        (8, "last"),
    ]
    faults = [fault for entry in entries if entry.outcome for fault in entry.outcome.errors]
    assert [(fault.row, fault.field) for fault in faults] == [
        (3, "Buchungstag"),
        (4, "Betrag"),
        (5, "Währung"),
        (6, ""),
        (7, "Buchungstag"),
        (7, "Betrag"),
    ]


def test_money_in_and_out_may_have_a_column_each() -> None:
    lines = csv_lines(
        "Dato;Forklaring;Ut fra konto;Inn på konto\n"
        "03.05.2027;paid;;250,00\n03.05.2027;fee;12,50;\n03.05.2027;fee;-12,50;0,00\n",
        currency="NOK",
    )

    assert [(line.amount, line.currency) for line in lines] == [
        (25_000, "NOK"),
        (-1_250, "NOK"),
        (-1_250, "NOK"),
    ]


def test_a_column_may_be_named_by_who_imports() -> None:
    [line] = csv_lines(
        "When,What,How much,Text\n2027-05-03,INV-000123,250,no\n",
        columns={"date": "when", "text": "What", "amount": "How much"},
        currency="EUR",
    )

    assert (line.text, line.amount) == ("INV-000123", 25_000)


@pytest.mark.parametrize(
    ("text", "options", "field"),
    [
        ("date,text\n2027-05-03,x\n", {}, "csv"),
        ("date,amount\n2027-05-03,1\n", {}, "csv"),
        ("amount,text\n1,x\n", {}, "csv"),
        ("date,amount,text\n", {}, "csv"),
        ("date,amount,text\n2027-05-03,1,x\n", {"columns": {"day": "date"}}, "columns"),
        ("date,amount,text\n2027-05-03,1,x\n", {"columns": {"date": "booked"}}, "csv"),
    ],
)
def test_a_file_without_its_columns_is_refused_as_a_whole(
    text: str, options: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read_bank_csv(text, **options)
    assert [fault.field for fault in refused.value.faults] == [field]


def test_an_account_number_that_is_no_iban_is_left_out() -> None:
    text = "date,amount,currency,text,iban\n2027-05-03,1,EUR,x,{}\n"

    assert csv_lines(text.format("NO93 8601 1117 947"))[0].iban == IBAN
    assert csv_lines(text.format("8601 11 17947"))[0].iban is None


ROWS = st.lists(
    st.tuples(
        st.integers(1, 5), st.integers(-3, 3), st.sampled_from(["a", "b"]), st.sampled_from(["", "R1", "R2"])
    ),
    max_size=10,
)


@given(ROWS, st.integers(1, 5), st.integers(1, 5))
def test_files_that_overlap_have_no_row_twice_and_none_is_lost(
    rows: list[tuple[int, int, str, str]], first: int, last: int
) -> None:
    def ids(first: int, last: int) -> set[str]:
        chosen = [row for row in rows if first <= row[0] <= last]
        text = "date,amount,currency,text,id\n" + "".join(
            f"2027-05-0{day},{amount},EUR,{text},{reference}\n" for day, amount, text, reference in chosen
        )
        found = {line.id for line in csv_lines(text)} if chosen else set()
        assert len(found) == len(chosen)
        return found

    assert ids(1, last) | ids(first, 5) | ids(1, 2) | ids(3, 5) == ids(1, 5)


@given(st.text(max_size=200))
def test_any_text_below_a_header_is_lines_or_faults(text: str) -> None:
    try:
        entries = read_bank_csv(f"date,amount,currency,text\n{text}")
    except Invalid:
        return
    assert all((entry.wanted is None) != (entry.outcome is None) for entry in entries)
