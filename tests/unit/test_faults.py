"""What is wrong with a field has a stable code, whoever has found it."""

from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, ValidationError

from admit.address import Address
from admit.catalog.badge import Colour
from admit.catalog.event import Slug, TimeZone
from admit.catalog.price import Code
from admit.catalog.question import Day
from admit.catalog.whitelist import Domain
from admit.clock import Instant
from admit.errors import Fault
from admit.faults import FaultCode, faults_of, wrong
from admit.model import Email, Name, Percent, Shape
from admit.money import Amount, Currency
from admit.tickets.claim import MailDomain


class Meal(StrEnum):
    FISH = "fish"


def never(text: str) -> str:
    raise ValueError("is never right")


def fault(kind: Any, value: object) -> Fault:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    [found] = faults_of(refused.value)
    return found


@pytest.mark.parametrize(
    ("kind", "value", "code", "limit"),
    [
        (Annotated[str, StringConstraints(min_length=2)], "a", "too_short", 2),
        (Name, "a" * 121, "too_long", 120),
        (Annotated[list[int], Field(min_length=1)], [], "too_few", 1),
        (Annotated[list[int], Field(max_length=1)], [1, 2], "too_many", 1),
        (Annotated[dict[str, int], Field(max_length=1)], {"a": 1, "b": 2}, "too_many", 1),
        (Annotated[int, Field(ge=1)], 0, "at_least", 1),
        (Annotated[int, Field(gt=0)], 0, "above", 0),
        (Annotated[int, Field(le=5)], 6, "at_most", 5),
        (Annotated[int, Field(lt=5)], 5, "below", 5),
        (Percent, "101", "at_most", 100),
        (Percent, "7.777", "too_many_decimals", 2),
        (Percent, "123456", "too_many_digits", 5),
        (Percent, "half", "not_a_number", None),
        (Decimal, "NaN", "not_a_number", None),
        (float, "x", "not_a_number", None),
        (int, "x", "not_whole", None),
        (int, 1.5, "not_whole", None),
        (Annotated[int, Field(strict=True)], "1", "not_whole", None),
        (bool, "perhaps", "not_yes_or_no", None),
        (date, "3 June", "not_a_date", None),
        (Day, "3 June", "not_a_date", None),
        (Day, "2027-02-30", "not_a_date", None),
        (time, "noon", "not_a_time", None),
        (Instant, "noon", "not_a_time", None),
        (Instant, "2027-06-03T09:00:00", "not_a_time", None),
        (Instant, "9999-12-31T09:00:00Z", "not_a_time", None),
        (Meal, "meat", "not_allowed", None),
        (Literal["a", "b"], "c", "not_allowed", None),
        (str, 1, "wrong_type", None),
        (list[str], "a", "wrong_type", None),
        (Address, 1, "wrong_type", None),
        (Annotated[str, StringConstraints(pattern="^a$")], "b", "bad_format", None),
        (Name, "two\nlines", "not_one_line", None),
        (Email, "nobody", "not_an_email", None),
        (Email, "ada\uff20polar@example.com", "not_an_email", None),
        (Slug, "Nordlys!", "not_a_slug", None),
        (Domain, "example", "not_a_domain", None),
        (MailDomain, "example", "not_a_domain", None),
        (Colour, "red", "not_a_colour", None),
        (Code, "NORTH 10", "has_blanks", None),
        (TimeZone, "Europe/Atlantis", "unknown_time_zone", None),
        (Currency, "XXX", "unknown_currency", None),
        (Amount, -1, "not_an_amount", None),
        (Amount, 10**16, "not_an_amount", None),
        (Amount, 12.5, "not_an_amount", None),
    ],
)
def test_each_kind_of_fault_has_its_code(kind: Any, value: object, code: str, limit: int | None) -> None:
    found = fault(kind, value)
    assert (found.code, found.limit) == (code, limit)


def test_what_is_missing_and_what_nobody_knows_are_told_apart() -> None:
    with pytest.raises(ValidationError) as refused:
        Address.model_validate({"street": "Storgata 1", "postal_code": "0155", "city": "Oslo", "floor": 2})
    assert faults_of(refused.value) == [
        Fault("country", "is missing", "missing"),
        Fault("floor", "is not a known field", "unknown_field"),
    ]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Annotated[str, AfterValidator(never)], "a"),
        (Annotated[int, Field(multiple_of=2)], 3),
        (Annotated[float, Field(ge=0.5)], 0),
        (Annotated[date, Field(ge=date(2027, 1, 1))], "2026-01-01"),
    ],
    ids=["our own sentence", "a type of pydantic without a code", "half a bound", "a day as bound"],
)
def test_any_other_fault_is_said_by_its_message_alone(kind: Any, value: object) -> None:
    found = fault(kind, value)
    assert (found.code, found.limit) == (FaultCode.INVALID, None)
    assert found.message


def test_a_validator_says_its_code_and_its_sentence_with_whatever_stands_in_it() -> None:
    def braces(text: str) -> str:
        raise wrong(FaultCode.NOT_ONE_LINE, f"{{{text}}} is none")

    assert fault(Annotated[str, AfterValidator(braces)], "a") == Fault("", "{a} is none", "not_one_line")


def test_an_error_of_a_validator_is_a_value_error_with_its_sentence() -> None:
    assert isinstance(wrong(FaultCode.NOT_A_TIME, "is none"), ValueError)
    assert str(wrong(FaultCode.NOT_A_TIME, "is none")) == "is none"


class Guest(Shape):
    email: Email


def test_a_fault_is_named_by_its_path() -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(dict[str, list[Guest]]).validate_python({"guests": [{"email": "nobody"}]})
    assert [found.field for found in faults_of(refused.value)] == ["guests[0].email"]
