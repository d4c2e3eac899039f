"""The giro code: what a banking app reads from its picture, line by line."""

from io import BytesIO

import pytest
import typst
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from admit.errors import Invalid
from admit.payments.giro import MOST_CENTS, giro_code
from admit.payments.reference import payment_reference

IBAN, BIC = "DE89370400440532013000", "COBADEFFXXX"
REFERENCE = payment_reference("INV-000123")


def a_code(**fields: object) -> bytes:
    given = {"name": "Polar Events AS", "iban": IBAN, "bic": BIC, "amount": 125_000, "reference": REFERENCE}
    return giro_code(**(given | fields))  # type: ignore[arg-type]


PAGE = b"#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), width: 6cm)"
FONTS = typst.Fonts(include_system_fonts=False)


def read(code: bytes) -> list[str]:
    """Return the lines of a code as a camera sees them."""
    page = typst.Compiler(PAGE, font_paths=FONTS, ignore_system_fonts=True)
    picture = page.compile(format="png", ppi=150, sys_inputs={"svg": code.decode()})
    assert isinstance(picture, bytes)
    [barcode] = zxingcpp.read_barcodes(Image.open(BytesIO(picture)))
    assert barcode.ec_level == "M"
    return str(barcode.text).split("\n")


def test_the_code_says_to_whom_how_much_and_what_for() -> None:
    assert read(a_code()) == [
        "BCD",
        "002",
        "1",
        "SCT",
        BIC,
        "Polar Events AS",
        IBAN,
        "EUR1250",
        "",
        "RF73INV000123",
    ]


def test_the_bic_may_be_left_out() -> None:
    assert read(a_code(bic=None))[4] == ""


def test_what_is_typed_with_spaces_is_written_without() -> None:
    lines = read(a_code(iban="DE89 3704 0044 0532 0130 00", bic="cobadeff", reference="RF73 INV0 0012 3"))

    assert (lines[4], lines[6], lines[9]) == ("COBADEFF", IBAN, REFERENCE)


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (1, "EUR0.01"),
        (10, "EUR0.1"),
        (100, "EUR1"),
        (10_000, "EUR100"),
        (12_345, "EUR123.45"),
        (MOST_CENTS, "EUR999999999.99"),
    ],
)
def test_the_amount_is_in_euro_with_a_point(amount: int, written: str) -> None:
    assert read(a_code(amount=amount))[7] == written


def test_a_name_in_any_script_is_read_back() -> None:
    assert read(a_code(name="Šárka Łąka Ωμέγα 東京"))[5] == "Šárka Łąka Ωμέγα 東京"


@pytest.mark.parametrize(("name", "written"), [("x" * 200, "x" * 70), ("東" * 70, "東" * 66)])
def test_a_long_name_is_cut_to_what_the_standard_holds(name: str, written: str) -> None:
    longest = {"iban": "MT84MALT011000012345MTLCAST001S", "reference": payment_reference("A" * 21)}

    assert read(a_code(name=name, amount=MOST_CENTS, **longest))[5] == written


def test_a_line_end_in_a_name_adds_no_line() -> None:
    lines = read(a_code(name="Polar\nEvents AS"))

    assert lines[5:8] == ["Polar Events AS", IBAN, "EUR1250"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", 0),
        ("amount", -1),
        ("amount", MOST_CENTS + 1),
        ("iban", ""),
        ("iban", "DE89370400440532013001"),
        ("bic", "COBA"),
        ("reference", "INV-000123"),
        ("reference", "RF74INV000123"),
        ("name", " "),
    ],
)
def test_what_the_standard_has_no_place_for_is_refused(field: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        a_code(**{field: value})
    assert [fault.field for fault in refused.value.faults] == [field]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, MOST_CENTS), st.from_regex(r"[A-Z]{1,12}-[0-9]{6,9}", fullmatch=True))
def test_every_amount_and_reference_can_be_read(amount: int, number: str) -> None:
    lines = read(a_code(amount=amount, reference=payment_reference(number)))

    assert float(lines[7].removeprefix("EUR")) == amount / 100
    assert lines[9] == payment_reference(number)
