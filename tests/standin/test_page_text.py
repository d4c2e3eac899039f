import re
from typing import Any

import pytest
from stripe.params.checkout import SessionCreateParams

from admit.orders.order import OrderLine
from admit.payments.page_text import LOCALES, line_description, page_locale, statement_suffix


def a_line(**overrides: Any) -> OrderLine:
    fields = {"tier_id": "t", "tier_title": "Day", "price_id": "p", "label": "Regular", "quantity": 1}
    amounts = {"unit": 2_000, "discount": 0, "tax": 0, "total": 2_000}
    return OrderLine.model_validate(fields | amounts | overrides)


@pytest.mark.parametrize(
    ("title", "suffix"),
    [
        ("Polar Conf 2026", "POLAR CONF"),
        ("Go!", "GO"),
        ("Ærlig Øl", "AERLIG OL"),
        ("Straßenfest", "STRASSENFE"),
        ("Čaj & łzy", "CAJ LZY"),
        ("<b>'DevDay'*</b>", "B DEVDAY B"),
        ("Hack-\u2028\n  Night", "HACK- NIGH"),
        ("1234 5678 -- Dev", None),
        ("2026", None),
        ("東京", None),
        ("***", None),
        ("", None),
    ],
)
def test_a_title_becomes_ten_letters_of_a_statement(title: str, suffix: str | None) -> None:
    assert statement_suffix(title) == suffix


@pytest.mark.parametrize(
    ("language", "locale"),
    [
        (None, "auto"),
        ("de", "de"),
        ("de-AT", "de"),
        ("pt-BR", "pt-BR"),
        ("pt-PT", "pt"),
        ("en-GB", "en-GB"),
        ("no", "nb"),
        ("nn-NO", "nb"),
        ("hi", "hi-IN"),
        ("tl", "fil"),
        ("is", "auto"),
        ("haw", "auto"),
    ],
)
def test_a_page_speaks_the_buyers_language_where_stripe_does(language: str | None, locale: str) -> None:
    assert page_locale(language) == locale


def test_the_locales_are_those_of_the_stripe_library() -> None:
    declared = SessionCreateParams.__annotations__["locale"]
    assert frozenset(re.findall(r"'([A-Za-z0-9-]+)'", str(declared))) - {"auto"} == LOCALES


@pytest.mark.parametrize(
    ("amounts", "description"),
    [
        ({}, None),
        ({"tax": 319, "tax_rate": "19.00"}, "incl. 19 % tax 3.19 EUR"),
        ({"tax": 143, "tax_rate": "7.7"}, "incl. 7.7 % tax 1.43 EUR"),
        ({"discount": 500, "total": 1_500}, "discount -5.00 EUR"),
        (
            {"discount": 500, "tax": 239, "tax_rate": "19", "total": 1_500},
            "discount -5.00 EUR, incl. 19 % tax 2.39 EUR",
        ),
        ({"tax_rate": "0"}, None),
    ],
)
def test_a_line_says_what_is_off_and_what_is_tax(amounts: dict[str, Any], description: str | None) -> None:
    assert line_description(a_line(**amounts), "EUR") == description


def test_a_currency_without_decimals_has_none() -> None:
    assert line_description(a_line(discount=500, total=1_500), "JPY") == "discount -500 JPY"
