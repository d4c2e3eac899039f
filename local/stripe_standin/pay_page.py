"""The hosted payment page: a plain form whose buttons are named pay, debit, decline and leave."""

from html import escape

from local.stripe_standin.params import LineItem
from local.stripe_standin.state import Checkout

EXPONENTS = {"bhd": 3, "jod": 3, "kwd": 3, "omr": 3, "tnd": 3, "clp": 0, "jpy": 0, "krw": 0, "vnd": 0}
CLOSED = {
    "complete": "This payment is complete.",
    "expired": "This payment page has expired. Nothing was charged.",
}


def render(checkout: Checkout, message: str | None = None) -> str:
    """Draw the page of a session, with its buttons while it is open."""
    session = checkout.session
    alert = f'<p role="alert">{escape(message)}</p>' if message else ""
    lines = "".join(_line(line) for line in checkout.lines)
    total = _money(session["amount_total"], session["currency"])
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pay {total}</title>
<link rel="icon" href="data:,">
<style>
  body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 30rem; margin: 3rem auto; padding: 0 1rem }}
  table {{ width: 100% }}
  td:last-child {{ text-align: right }}
  button {{ font: inherit; padding: .5rem 1rem }}
</style>
<h1>Pay {total}</h1>
<p>Test payment. No card is charged.</p>
<table>{lines}</table>
{alert}
{_form(checkout) if session["status"] == "open" else f'<p role="status">{CLOSED[session["status"]]}</p>'}
</html>
"""


def _form(checkout: Checkout) -> str:
    methods = checkout.session["payment_method_types"]
    pay = '<button name="pay" value="1">Pay</button>' if "card" in methods else ""
    debit = '<button name="debit" value="1">Pay by direct debit</button>' if "sepa_debit" in methods else ""
    leave = '<button name="leave" value="1">Leave</button>' if checkout.session["cancel_url"] else ""
    return f"""<form method="post">
  {pay}
  {debit}
  <button name="decline" value="1">Decline</button>
  {leave}
</form>"""


def _line(line: LineItem) -> str:
    price = line.price_data
    amount = _money(price.unit_amount * line.quantity, price.currency)
    about = (
        f"<br><small>{escape(price.product_data.description)}</small>"
        if price.product_data.description
        else ""
    )
    return f"<tr><td>{line.quantity} × {escape(price.product_data.name)}{about}<td>{amount}"


def _money(amount: int, currency: str) -> str:
    exponent = EXPONENTS.get(currency.lower(), 2)
    return f"{amount / 10**exponent:,.{exponent}f} {currency.upper()}"
