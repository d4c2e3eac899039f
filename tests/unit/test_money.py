"""Money: whole minor units, and the right number of them."""

import pytest
from pydantic import ValidationError

from admit.money import Money


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1250, "EUR", "12.50 EUR"),
        (1250, "JPY", "1,250 JPY"),
        (1250, "BHD", "1.250 BHD"),
        (5, "USD", "0.05 USD"),
    ],
)
def test_money_is_written_with_the_decimals_of_its_currency(amount: int, currency: str, text: str) -> None:
    assert str(Money(amount=amount, currency=currency)) == text


@pytest.mark.parametrize("amount", [-1, 2**53, 1.5, "1250", 12.0, True])
def test_what_is_no_amount_is_refused(amount: object) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate({"amount": amount, "currency": "EUR"})


@pytest.mark.parametrize("currency", ["eur", "XXX", "ISK", "", None])
def test_what_is_no_currency_is_refused(currency: object) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate({"amount": 1, "currency": currency})
