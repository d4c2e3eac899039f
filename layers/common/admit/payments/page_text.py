"""What a hosted payment page and the buyer's statement say, within what Stripe takes."""

import re
import unicodedata

from admit.money import Money
from admit.orders.order import OrderLine

# https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-locale
LOCALES = frozenset(
    [
        "bg",
        "cs",
        "da",
        "de",
        "el",
        "en",
        "en-GB",
        "es",
        "es-419",
        "et",
        "fi",
        "fil",
        "fr",
        "fr-CA",
        "hi-IN",
        "hr",
        "hu",
        "id",
        "it",
        "ja",
        "ko",
        "lt",
        "lv",
        "ms",
        "mt",
        "nb",
        "nl",
        "pl",
        "pt",
        "pt-BR",
        "ro",
        "ru",
        "sk",
        "sl",
        "sv",
        "th",
        "tr",
        "vi",
        "zh",
        "zh-HK",
        "zh-TW",
    ]
)
_SAME_LANGUAGE = {"no": "nb", "nn": "nb", "hi": "hi-IN", "tl": "fil"}
_MOST_OF_A_SUFFIX = 10
# Letters that Unicode does not take apart into a plain one and its mark.
_PLAIN = str.maketrans({"Æ": "AE", "Ø": "O", "Œ": "OE", "Đ": "D", "Ð": "D", "Ł": "L", "Þ": "TH"})


def statement_suffix(title: str) -> str | None:
    """Return an event's title as the end of a card statement's text; None when nothing of it can be written.

    The whole text has 22 characters at most, of which the account's own prefix may take ten and "* " two.
    Source: https://docs.stripe.com/get-started/account/statement-descriptors
    """
    plain = unicodedata.normalize("NFKD", title.upper().translate(_PLAIN))
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    written = " ".join(re.sub(r"[^A-Z0-9-]+", " ", letters).split())[:_MOST_OF_A_SUFFIX].strip(" -")
    return written if re.search(r"[A-Z]", written) else None


def page_locale(language: str | None) -> str:
    """Return the locale of the payment page for a buyer's language (BCP 47): `auto` when Stripe lacks it."""
    if language is None:
        return "auto"
    spoken = language.partition("-")[0]
    known = (locale for locale in (language, spoken, _SAME_LANGUAGE.get(spoken, "")) if locale in LOCALES)
    return next(known, "auto")


def line_description(line: OrderLine, currency: str) -> str | None:
    """Return what is off an order's line and how much of it is tax, as the buyer saw it; None for neither."""
    parts = []
    if line.discount:
        parts.append(f"discount -{Money(amount=line.discount, currency=currency)}")
    if line.tax:
        rate = f"{line.tax_rate.normalize():f} % " if line.tax_rate else ""
        parts.append(f"incl. {rate}tax {Money(amount=line.tax, currency=currency)}")
    return ", ".join(parts) or None
