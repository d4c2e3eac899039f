"""What the stand-in takes: Stripe's nested form encoding and the parameters of each call.

Parameters that Admit has no use for are refused as unknown, so that a misspelt one is noticed here.
"""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.stripe_standin.errors import InvalidParameters

type Metadata = Annotated[
    dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=500)]], Field(max_length=50)
]
type Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+", max_length=5000)]
type Method = Literal[
    "acss_debit",
    "affirm",
    "afterpay_clearpay",
    "alipay",
    "alma",
    "amazon_pay",
    "au_becs_debit",
    "bacs_debit",
    "bancontact",
    "billie",
    "bizum",
    "blik",
    "boleto",
    "card",
    "cashapp",
    "crypto",
    "customer_balance",
    "eps",
    "fpx",
    "giropay",
    "grabpay",
    "ideal",
    "kakao_pay",
    "klarna",
    "konbini",
    "kr_card",
    "link",
    "mb_way",
    "mobilepay",
    "multibanco",
    "naver_pay",
    "nz_bank_account",
    "oxxo",
    "p24",
    "pay_by_bank",
    "payco",
    "paynow",
    "paypal",
    "paypay",
    "payto",
    "pix",
    "promptpay",
    "revolut_pay",
    "samsung_pay",
    "satispay",
    "scalapay",
    "sepa_debit",
    "sequra",
    "sofort",
    "sunbit",
    "swish",
    "twint",
    "upi",
    "us_bank_account",
    "wechat_pay",
    "zip",
]
type Currency = Annotated[str, Field(pattern=r"^[A-Za-z]{3}$")]


def decode(encoded: str) -> dict[str, Any]:
    """Read `a[b][0][c]=v` into nested mappings and lists; a blank value is a parameter not given."""
    root: dict[str, Any] = {}
    for name, value in parse_qsl(encoded):
        first, *rest = re.split(r"\]?\[", name.removesuffix("]")) if name.endswith("]") else [name]
        node, key = root, first
        for part in rest:
            node = node.setdefault(key, {})
            if not isinstance(node, dict):
                raise InvalidParameters(f"Invalid parameter: {name}", param=name)
            key = part or str(len(node))
        node[key] = value
    return {key: _with_lists(value) for key, value in root.items()}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if all(key.isdecimal() for key in value):
        return [_with_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _with_lists(item) for key, item in value.items()}


class Params(BaseModel):
    """The parameters of one call."""

    model_config = ConfigDict(extra="forbid")

    expand: list[str] = []

    @classmethod
    def read(cls, given: dict[str, Any]) -> Self:
        """Validate the parameters, or raise InvalidParameters about the first one at fault."""
        try:
            return cls.model_validate(given)
        except ValidationError as exc:
            fault = exc.errors()[0]
        first, *rest = fault["loc"]
        param = str(first) + "".join(f"[{part}]" for part in rest)
        message, code = {
            "missing": (f"Missing required param: {param}.", "parameter_missing"),
            "extra_forbidden": (f"Received unknown parameter: {param}", "parameter_unknown"),
            "int_parsing": (f"Invalid integer: {fault['input']}", "parameter_invalid_integer"),
        }.get(fault["type"], (f"Invalid {param}: {fault['msg']}", None))
        raise InvalidParameters(message, code=code, param=param)


class Nested(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProductData(Nested):
    name: str
    description: str | None = None
    metadata: Metadata = {}


class PriceData(Nested):
    currency: Currency
    unit_amount: int = Field(ge=0)
    product_data: ProductData


class LineItem(Nested):
    price_data: PriceData
    quantity: int = Field(ge=1)


class PaymentIntentData(Nested):
    description: str | None = None
    metadata: Metadata = {}
    receipt_email: str | None = None
    # Beside the account's own prefix, with both in 22 characters.
    statement_descriptor_suffix: str | None = Field(
        default=None, max_length=22, pattern=r"""^[^<>\\'"*]*[A-Za-z][^<>\\'"*]*$"""
    )


class CreateSession(Params):
    mode: Literal["payment"]
    line_items: list[LineItem] = Field(min_length=1, max_length=100)
    success_url: Url
    cancel_url: Url | None = None
    ui_mode: Literal["hosted_page"] = "hosted_page"
    client_reference_id: str | None = Field(default=None, max_length=200)
    customer_email: str | None = Field(default=None, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    expires_at: int | None = None
    metadata: Metadata = {}
    payment_intent_data: PaymentIntentData = PaymentIntentData()
    allowed_payment_method_types: list[Method] = []
    locale: str | None = None
    submit_type: Literal["auto", "book", "donate", "pay"] | None = None


class CreateRefund(Params):
    payment_intent: str | None = None
    charge: str | None = None
    amount: int | None = None
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None
    metadata: Metadata = {}


class CreatedRange(Nested):
    gt: int | None = None
    gte: int | None = None
    lt: int | None = None
    lte: int | None = None

    def holds(self, created: int) -> bool:
        return (
            (self.gt is None or created > self.gt)
            and (self.gte is None or created >= self.gte)
            and (self.lt is None or created < self.lt)
            and (self.lte is None or created <= self.lte)
        )


class Page(Params):
    """A page of a list, newest first."""

    limit: int = Field(default=10, ge=1, le=100)
    starting_after: str | None = None
    ending_before: str | None = None
    created: CreatedRange = CreatedRange()

    def holds(self, item: Mapping[str, Any]) -> bool:
        """Say whether an object belongs to the list: it has what the further parameters name."""
        wanted = self.model_dump(exclude=set(Page.model_fields), exclude_none=True)
        return self.created.holds(item["created"]) and all(
            item[name] == value for name, value in wanted.items()
        )


class SessionPage(Page):
    payment_intent: str | None = None
    status: Literal["open", "complete", "expired"] | None = None


class ChargePage(Page):
    payment_intent: str | None = None


class RefundPage(Page):
    """Of refunds, or of disputes."""

    payment_intent: str | None = None
    charge: str | None = None


class EventPage(Page):
    type: str | None = None
    types: list[str] = Field(default=[], max_length=20)

    def holds(self, item: Mapping[str, Any]) -> bool:
        wanted = self.types or [self.type or "*"]
        return self.created.holds(item["created"]) and any(fnmatchcase(item["type"], one) for one in wanted)
