"""What the fields of a tier must be beside each other, whoever sets them."""

from typing import Any

import pytest
from pydantic import ValidationError

from admit.catalog.tier import TierPatch, TierSettings
from admit.errors import Invalid
from admit.model import merged


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", " "),
        ("title", "x" * 121),
        ("title", "two\nlines"),
        ("description", "x" * 10_001),
        ("description_line", "x" * 141),
        ("description_line", "two\nlines"),
        ("position", -1),
        ("ticket_limit", -1),
        ("ticket_limit", 1.5),
        ("ticket_limit_per", 0),
        ("external_ids", [""]),
        ("tax_rate", "100.01"),
        ("tax_rate", "7.755"),
        ("passcode", "x"),
        ("passcode", "two words"),
    ],
)
def test_a_field_that_can_not_be_right_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        TierSettings.model_validate({"title": "Pass"} | {field: value})

    assert {error["loc"][0] for error in refused.value.errors()} == {field}


def test_what_is_written_around_a_title_is_trimmed() -> None:
    assert TierSettings(title="  Two-day pass ").title == "Two-day pass"


@pytest.mark.parametrize("limit_per", [None, 1, 4])
def test_one_guest_may_have_any_number_up_to_all_there_are(limit_per: int | None) -> None:
    assert (
        TierSettings(title="Pass", ticket_limit=4, ticket_limit_per=limit_per).ticket_limit_per == limit_per
    )


@pytest.mark.parametrize("change", [{"ticket_limit_per": 5}, {"ticket_limit": 3}])
def test_what_one_guest_may_have_is_never_more_than_there_is(change: dict[str, int]) -> None:
    present = {"title": "Pass", "ticket_limit": 4, "ticket_limit_per": 4}

    with pytest.raises(Invalid) as refused:
        merged(TierSettings, present, TierPatch.model_validate(change))
    assert [fault.message for fault in refused.value.faults] == [
        "ticket_limit_per can't be above ticket_limit"
    ]


def test_a_sale_ends_after_it_starts() -> None:
    same = "2027-03-01T12:00:00Z"

    with pytest.raises(ValidationError, match="sale_ends_at must be after sale_starts_at"):
        TierSettings.model_validate({"title": "Pass", "sale_starts_at": same, "sale_ends_at": same})
