"""The code on an invoice that banking apps read into a credit transfer.

Source: European Payments Council, EPC069-12, version 002: a QR code of level M, version 13 at most, for euro.
"""

from decimal import Decimal
from io import BytesIO

from segno.helpers import make_epc_qr
from stdnum import bic as bics
from stdnum import iban as ibans
from stdnum import iso11649

from admit.errors import Invalid

MOST_CENTS = 99_999_999_999
_MOST_OF_A_NAME = 70
_MOST_NAME_BYTES = 200
"""What the 331 bytes of the code leave when everything else is as long as it may be."""


def giro_code(name: str, iban: str, bic: str | None, amount: int, reference: str) -> bytes:
    """Return the code as SVG with its quiet zone: so many euro cents to the account, under a reference.

    A name of more than 70 characters is cut. Raises Invalid for what the standard has no place for: an amount
    that is not 0.01 to 999,999,999.99 EUR, no IBAN, BIC or creditor reference where there should be one.
    """
    if not 1 <= amount <= MOST_CENTS:
        raise Invalid.field("amount", "must be 0.01 to 999999999.99 EUR for a code")
    if not ibans.is_valid(iban, check_country=False):
        raise Invalid.field("iban", "is not an IBAN; look for a missing or swapped digit")
    if bic and not bics.is_valid(bic):
        raise Invalid.field("bic", "is not a BIC of 8 or 11 characters")
    if not iso11649.is_valid(reference):
        raise Invalid.field("reference", "is not a creditor reference with its check digits")
    name = _fitting(name)
    if not name:
        raise Invalid.field("name", "is missing")
    code = make_epc_qr(
        name,
        ibans.compact(iban),
        Decimal(amount).scaleb(-2),
        reference=iso11649.compact(reference),
        bic=bics.compact(bic) if bic else None,
        encoding="utf-8",
    )
    file = BytesIO()
    code.save(file, kind="svg", xmldecl=False, light="white")
    return file.getvalue()


def _fitting(name: str) -> str:
    """Write a name on one line and cut it to what the code holds."""
    name = " ".join(name.split())[:_MOST_OF_A_NAME]
    return name.encode()[:_MOST_NAME_BYTES].decode(errors="ignore").rstrip()
