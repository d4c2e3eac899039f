"""Money: whole minor units of an ISO 4217 currency, never a float."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from admit.faults import AnyFaultIs, FaultCode, wrong

# ISO 4217 exponents that are not 2, and the currencies that Stripe charges. ISK and UGX are not among them:
# Stripe counts them otherwise than ISO 4217 does.
_EXPONENTS = dict.fromkeys(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"],
    0,
) | dict.fromkeys(["BHD", "JOD", "KWD", "OMR", "TND"], 3)
_TWO = [
    "AED",
    "AFN",
    "ALL",
    "AMD",
    "ANG",
    "AOA",
    "ARS",
    "AUD",
    "AWG",
    "AZN",
    "BAM",
    "BBD",
    "BDT",
    "BGN",
    "BMD",
    "BND",
    "BOB",
    "BRL",
    "BSD",
    "BWP",
    "BYN",
    "BZD",
    "CAD",
    "CDF",
    "CHF",
    "CNY",
    "COP",
    "CRC",
    "CVE",
    "CZK",
    "DKK",
    "DOP",
    "DZD",
    "EGP",
    "ETB",
    "EUR",
    "FJD",
    "FKP",
    "GBP",
    "GEL",
    "GIP",
    "GMD",
    "GTQ",
    "GYD",
    "HKD",
    "HNL",
    "HTG",
    "HUF",
    "IDR",
    "ILS",
    "INR",
    "JMD",
    "KES",
    "KGS",
    "KHR",
    "KYD",
    "KZT",
    "LAK",
    "LBP",
    "LKR",
    "LRD",
    "LSL",
    "MAD",
    "MDL",
    "MGA",
    "MKD",
    "MMK",
    "MNT",
    "MOP",
    "MUR",
    "MVR",
    "MWK",
    "MXN",
    "MYR",
    "MZN",
    "NAD",
    "NGN",
    "NIO",
    "NOK",
    "NPR",
    "NZD",
    "PAB",
    "PEN",
    "PGK",
    "PHP",
    "PKR",
    "PLN",
    "QAR",
    "RON",
    "RSD",
    "RUB",
    "SAR",
    "SBD",
    "SCR",
    "SEK",
    "SGD",
    "SHP",
    "SLE",
    "SOS",
    "SRD",
    "STN",
    "SZL",
    "THB",
    "TJS",
    "TOP",
    "TRY",
    "TTD",
    "TWD",
    "TZS",
    "UAH",
    "USD",
    "UYU",
    "UZS",
    "WST",
    "XCD",
    "YER",
    "ZAR",
    "ZMW",
]
CURRENCIES = frozenset(_TWO) | _EXPONENTS.keys()

MOST_CHARGED = 99_999_999
"""As much as one card payment can hold, in minor units."""
_MOST = 2**53 - 1  # as far as every JSON reader counts exactly

# The least that Stripe charges, where it is not 50 minor units:
# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
_SMALLEST_CHARGES = {
    "AED": 200,
    "BGN": 100,
    "CZK": 1500,
    "DKK": 250,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17500,
    "MXN": 1000,
    "MYR": 200,
    "NOK": 300,
    "PLN": 200,
    "RON": 200,
    "SEK": 300,
    "THB": 1000,
}


def smallest_charge(currency: str) -> int:
    """Return the least amount, in minor units, that can be paid by card."""
    return _SMALLEST_CHARGES.get(currency, 50)


def chargeable_step(currency: str) -> int:
    """Return the finest step, in minor units, in which a card can be charged.

    Source: https://docs.stripe.com/currencies#three-decimal
    """
    return 10 if _EXPONENTS.get(currency) == 3 else 1


def rounded(amount: Decimal, step: int = 1) -> int:
    """Round minor units half up to a multiple of `step`."""
    return int((amount / step).quantize(Decimal(1), ROUND_HALF_UP)) * step


def chargeable(money: "Money") -> bool:
    """Say whether a card can be charged so much: of three decimals the last must be a zero."""
    return money.amount % chargeable_step(money.currency) == 0


def _known(code: str) -> str:
    if code not in CURRENCIES:
        raise wrong(
            FaultCode.UNKNOWN_CURRENCY,
            "not a currency that can be charged; use an ISO 4217 code such as EUR",
        )
    return code


type Currency = Annotated[str, AfterValidator(_known)]
type Amount = Annotated[
    int,
    Field(ge=0, le=_MOST, strict=True),
    AnyFaultIs(FaultCode.NOT_AN_AMOUNT, f"must be a whole number of minor units from 0 to {_MOST}"),
]


class Money(BaseModel):
    """An amount in minor units (cents for EUR, yen for JPY, fils for BHD)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: Amount
    currency: Currency

    @property
    def decimal(self) -> Decimal:
        """The amount in whole units of the currency, exactly."""
        return Decimal(self.amount).scaleb(-_EXPONENTS.get(self.currency, 2))

    def __str__(self) -> str:
        exponent = _EXPONENTS.get(self.currency, 2)
        return f"{self.decimal:,.{exponent}f} {self.currency}"


class Balance(BaseModel):
    """A sum in minor units that may be below zero."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: int
    currency: Currency

    @property
    def plain(self) -> str:
        """The sum in whole units of the currency, exactly, with a decimal point and all its decimals."""
        return f"{Decimal(self.amount).scaleb(-_EXPONENTS.get(self.currency, 2)):f}"


_DECIMAL = re.compile(r"([0-9]{1,15})(?:([.,])([0-9]{1,6}))?")


def minor_units(text: str, currency: str) -> int:
    """Read an amount as people write it (12.50 or 12,50) into minor units, exactly.

    Raises ValueError with what is wrong; a comma before three digits could mean either, and is refused.
    """
    exponent = _EXPONENTS.get(currency, 2)
    written = _DECIMAL.fullmatch(text.strip())
    if written is None:
        raise ValueError("is not an amount; write digits and a decimal point, such as 1250.00")
    whole, separator, decimals = written.groups(default="")
    if separator == "," and len(decimals) == 3:
        raise ValueError(
            "could be read in two ways; write it with a decimal point and without a thousands comma"
        )
    if len(decimals.rstrip("0")) > exponent:
        raise ValueError(f"has too many decimals; {currency} has {exponent}")
    amount = int(Decimal(f"{whole}.{decimals or 0}").scaleb(exponent))
    if amount > MOST_CHARGED:
        raise ValueError("is above what one payment can hold")
    return amount
