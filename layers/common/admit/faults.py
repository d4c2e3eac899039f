"""What is wrong with a field, as a stable code that the pages have words for.

The tables say which code the errors of pydantic and the patterns of texts have; a validator of our own raises
`wrong`.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from admit.errors import Fault


class FaultCode(StrEnum):
    """The kinds of fault. The pages say each in their reader's language (`web/src/lib/messages/problem`)."""

    INVALID = "invalid"
    """Any other: its message alone says what it is, and has no other words."""

    MISSING = "missing"
    UNKNOWN_FIELD = "unknown_field"
    WRONG_TYPE = "wrong_type"
    NOT_ALLOWED = "not_allowed"
    """Not one of the words that may stand here."""

    # With a limit: characters of a text, entries of a list, the number itself, decimals, digits.
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    ABOVE = "above"
    BELOW = "below"
    TOO_MANY_DECIMALS = "too_many_decimals"
    TOO_MANY_DIGITS = "too_many_digits"

    NOT_A_NUMBER = "not_a_number"
    NOT_WHOLE = "not_whole"
    NOT_A_DATE = "not_a_date"
    NOT_A_TIME = "not_a_time"
    NOT_YES_OR_NO = "not_yes_or_no"

    BAD_FORMAT = "bad_format"
    NOT_ONE_LINE = "not_one_line"
    NOT_AN_EMAIL = "not_an_email"
    NOT_A_SLUG = "not_a_slug"
    NOT_A_DOMAIN = "not_a_domain"
    NOT_A_COUNTRY = "not_a_country"
    NOT_A_COLOUR = "not_a_colour"
    NOT_AN_IBAN = "not_an_iban"
    NOT_A_BIC = "not_a_bic"
    HAS_BLANKS = "has_blanks"
    UNKNOWN_TIME_ZONE = "unknown_time_zone"
    UNKNOWN_CURRENCY = "unknown_currency"
    NOT_AN_AMOUNT = "not_an_amount"
    """Without a limit: people write amounts in whole units, and bounds are in minor ones."""


class Kind(NamedTuple):
    """The kind of a fault, and the bound that was missed where there is one."""

    code: FaultCode = FaultCode.INVALID
    limit: int | None = None


# Patterns whose fault has a code of its own; a text that misses another one has BAD_FORMAT.
EMAIL = r"^[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\]+\.[^@\s.<>,;:\"()\[\]\\]+$"
SLUG = r"^[a-z0-9](?:[a-z0-9-]{1,58})[a-z0-9]$"
DOMAIN = r"^[A-Za-z0-9.-]+\.[A-Za-z0-9-]+$"
SMALL_DOMAIN = r"^[a-z0-9.-]+\.[a-z0-9-]+$"
COUNTRY = r"^[A-Z]{2}$"
COLOUR = r"^#[0-9a-fA-F]{6}$"
IBAN = r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$"
BIC = r"^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$"
DAY = r"^\d{4}-\d{2}-\d{2}$"
NO_BLANKS = r"^[^\s]+$"

_OF_PATTERNS: Mapping[str, FaultCode] = {
    EMAIL: FaultCode.NOT_AN_EMAIL,
    SLUG: FaultCode.NOT_A_SLUG,
    DOMAIN: FaultCode.NOT_A_DOMAIN,
    SMALL_DOMAIN: FaultCode.NOT_A_DOMAIN,
    COUNTRY: FaultCode.NOT_A_COUNTRY,
    COLOUR: FaultCode.NOT_A_COLOUR,
    IBAN: FaultCode.NOT_AN_IBAN,
    BIC: FaultCode.NOT_A_BIC,
    DAY: FaultCode.NOT_A_DATE,
    NO_BLANKS: FaultCode.HAS_BLANKS,
}

# By the `type` of pydantic's error (https://docs.pydantic.dev/latest/errors/validation_errors/).
_OF_TYPES: Mapping[str, FaultCode] = {
    "missing": FaultCode.MISSING,
    "extra_forbidden": FaultCode.UNKNOWN_FIELD,
    "enum": FaultCode.NOT_ALLOWED,
    "literal_error": FaultCode.NOT_ALLOWED,
    "union_tag_invalid": FaultCode.NOT_ALLOWED,
    "union_tag_not_found": FaultCode.MISSING,
    "int_type": FaultCode.NOT_WHOLE,
    "int_parsing": FaultCode.NOT_WHOLE,
    "int_from_float": FaultCode.NOT_WHOLE,
    "float_type": FaultCode.NOT_A_NUMBER,
    "float_parsing": FaultCode.NOT_A_NUMBER,
    "decimal_type": FaultCode.NOT_A_NUMBER,
    "decimal_parsing": FaultCode.NOT_A_NUMBER,
    "finite_number": FaultCode.NOT_A_NUMBER,
    "bool_type": FaultCode.NOT_YES_OR_NO,
    "bool_parsing": FaultCode.NOT_YES_OR_NO,
    "date_type": FaultCode.NOT_A_DATE,
    "date_parsing": FaultCode.NOT_A_DATE,
    "date_from_datetime_parsing": FaultCode.NOT_A_DATE,
    "date_from_datetime_inexact": FaultCode.NOT_A_DATE,
    "datetime_type": FaultCode.NOT_A_TIME,
    "datetime_parsing": FaultCode.NOT_A_TIME,
    "datetime_from_date_parsing": FaultCode.NOT_A_TIME,
    "datetime_object_invalid": FaultCode.NOT_A_TIME,
    "timezone_aware": FaultCode.NOT_A_TIME,
    "time_type": FaultCode.NOT_A_TIME,
    "time_parsing": FaultCode.NOT_A_TIME,
    "string_type": FaultCode.WRONG_TYPE,
    "list_type": FaultCode.WRONG_TYPE,
    "dict_type": FaultCode.WRONG_TYPE,
    "model_type": FaultCode.WRONG_TYPE,
    "model_attributes_type": FaultCode.WRONG_TYPE,
}

# The same for those that miss a bound, with the name that pydantic gives it.
_OF_BOUNDS: Mapping[str, tuple[FaultCode, str]] = {
    "string_too_short": (FaultCode.TOO_SHORT, "min_length"),
    "string_too_long": (FaultCode.TOO_LONG, "max_length"),
    "too_short": (FaultCode.TOO_FEW, "min_length"),
    "too_long": (FaultCode.TOO_MANY, "max_length"),
    "greater_than_equal": (FaultCode.AT_LEAST, "ge"),
    "less_than_equal": (FaultCode.AT_MOST, "le"),
    "greater_than": (FaultCode.ABOVE, "gt"),
    "less_than": (FaultCode.BELOW, "lt"),
    "decimal_max_places": (FaultCode.TOO_MANY_DECIMALS, "decimal_places"),
    "decimal_max_digits": (FaultCode.TOO_MANY_DIGITS, "max_digits"),
}


def wrong(code: FaultCode, message: str) -> PydanticCustomError:
    """Return the ValueError by which a validator of our own says what kind of fault it has found."""
    return PydanticCustomError(code.value, message)


class AnyFaultIs:
    """Marks a type of which whatever is wrong is one kind of fault, with one message."""

    def __init__(self, code: FaultCode, message: str) -> None:
        self._code = code
        self._message = message

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.custom_error_schema(
            handler(source), self._code.value, custom_error_message=self._message
        )


def kind_of(found: Mapping[str, Any]) -> Kind:
    """Return the kind of a pydantic error; where the bound is no whole number, the message alone says it."""
    name = found["type"]
    if name in _OF_BOUNDS:
        code, bound = _OF_BOUNDS[name]
        limit = found["ctx"][bound]
        whole = isinstance(limit, int | float | Decimal) and limit % 1 == 0
        return Kind(code, int(limit)) if whole else Kind()
    if name == "string_pattern_mismatch":
        return Kind(_OF_PATTERNS.get(found["ctx"]["pattern"], FaultCode.BAD_FORMAT))
    own = FaultCode(name) if name in FaultCode else FaultCode.INVALID
    return Kind(_OF_TYPES.get(name, own))


def faults_of(error: ValidationError) -> list[Fault]:
    return [fault_of(fault["loc"], fault) for fault in error.errors()]


def fault_of(location: Sequence[str | int], found: Mapping[str, Any]) -> Fault:
    """Write a pydantic error as the client sees the field: `lines[0].quantity`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return Fault(path, _sentence(found), *kind_of(found))


def _sentence(found: Mapping[str, Any]) -> str:
    match found["type"]:
        case "extra_forbidden":
            return "is not a known field"
        case "missing":
            return "is missing"
    message = str(found["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
