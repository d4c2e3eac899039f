"""What the stand-in knows, and what can be done with it. All verbs run to their end in one event loop."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field

from local.stripe_standin import resources
from local.stripe_standin.control import Knobs
from local.stripe_standin.errors import StripeError, no_such
from local.stripe_standin.params import CreateSession, LineItem, Page, PaymentIntentData
from local.stripe_standin.resources import Resource

MINUTE = 60
HOUR = 60 * MINUTE
EXPANDABLE = {"payment_intent": "payment_intents", "latest_charge": "charges", "charge": "charges"}
SMALLEST_TOTAL = {"eur": 50, "usd": 50, "gbp": 30, "chf": 50, "jpy": 50}


@dataclass(frozen=True)
class Cause:
    """The API request that an event stems from."""

    request_id: str
    idempotency_key: str | None


@dataclass
class Checkout:
    """A session and what its object does not show."""

    session: Resource
    lines: list[LineItem]
    intent_data: PaymentIntentData


@dataclass
class State:
    """Every object by its id, in the order of creation."""

    now: Callable[[], int]
    publish: Callable[[Resource], None]
    knobs: Callable[[], Knobs]
    checkouts: dict[str, Checkout] = field(default_factory=dict)
    payment_intents: dict[str, Resource] = field(default_factory=dict)
    charges: dict[str, Resource] = field(default_factory=dict)
    refunds: dict[str, Resource] = field(default_factory=dict)
    disputes: dict[str, Resource] = field(default_factory=dict)
    events: dict[str, Resource] = field(default_factory=dict)

    # --- checkout ------------------------------------------------------------------------------------------

    def create_session(self, params: CreateSession, pay_page: str) -> Resource:
        """Open a Checkout Session whose page is found under the address `pay_page`."""
        now = self.now()
        expires_at = now + 24 * HOUR if params.expires_at is None else params.expires_at
        if expires_at < now + 30 * MINUTE:
            raise _bad_expiry("at least 30 minutes")
        if expires_at > now + 24 * HOUR:
            raise _bad_expiry("less than 24 hours")
        currencies = {line.price_data.currency.lower() for line in params.line_items}
        if len(currencies) > 1:
            raise StripeError("All line items must have the same currency.", param="line_items")
        currency = currencies.pop()
        total = sum(line.price_data.unit_amount * line.quantity for line in params.line_items)
        if total < SMALLEST_TOTAL.get(currency, 1):
            message = "The Checkout Session's total amount due is too small."
            raise StripeError(message, code="amount_too_small", param="line_items")
        methods = [method for method in ("card", "sepa_debit") if _offered(method, params, currency)]
        if not methods:
            raise StripeError("No valid payment method types for this Checkout Session.")
        session = resources.checkout_session(
            created=now,
            amount_subtotal=total,
            amount_total=total,
            cancel_url=params.cancel_url,
            client_reference_id=params.client_reference_id,
            currency=currency,
            customer_email=params.customer_email,
            customer_details=params.customer_email and resources.customer_details(params.customer_email),
            expires_at=expires_at,
            locale=params.locale,
            metadata=params.metadata,
            payment_method_types=methods,
            submit_type=params.submit_type,
            success_url=params.success_url,
        )
        session["url"] = pay_page + session["id"]
        self.checkouts[session["id"]] = Checkout(session, params.line_items, params.payment_intent_data)
        return session

    def checkout(self, session_id: str, param: str = "session") -> Checkout:
        self.expire_due()
        if session_id not in self.checkouts:
            raise no_such("checkout.session", session_id, param)
        return self.checkouts[session_id]

    def expire_session(self, session_id: str, cause: Cause) -> Resource:
        """End an open session at once."""
        session = self.checkout(session_id).session
        if session["status"] != "open":
            raise StripeError(
                'Only Checkout Sessions with a status in ["open"] can be expired. '
                f"This Checkout Session has a status of `{session['status']}`."
            )
        self._expire(session, cause)
        return session

    def expire_due(self) -> None:
        """End the open sessions whose time is over."""
        now = self.now()
        for checkout in self.checkouts.values():
            if checkout.session["status"] == "open" and checkout.session["expires_at"] <= now:
                self._expire(checkout.session, None)

    def _expire(self, session: Resource, cause: Cause | None) -> None:
        session |= {"status": "expired", "url": None}
        if session["payment_intent"] is not None:
            intent = self.payment_intents[session["payment_intent"]]
            intent |= {"status": "canceled", "canceled_at": self.now(), "cancellation_reason": "expired"}
            self.emit("payment_intent.canceled", intent, cause)
        self.emit("checkout.session.expired", session, cause)

    # --- paying --------------------------------------------------------------------------------------------

    def pay(self, checkout: Checkout) -> None:
        """Take the money: the charge succeeds and the session is complete."""
        session, intent = checkout.session, self.intent(checkout)
        charge = resources.charge(**self.charge_facts(session, intent))
        self.charges[charge["id"]] = charge
        intent |= {
            "amount_received": intent["amount"],
            "last_payment_error": None,
            "latest_charge": charge["id"],
            "payment_method": charge["payment_method"],
            "status": "succeeded",
        }
        self.complete(session, "paid")
        self.emit("charge.succeeded", charge)
        self.emit("payment_intent.succeeded", intent)
        self.emit("checkout.session.completed", session)

    def complete(self, session: Resource, payment_status: str) -> None:
        """End a session whose buyer has done his part."""
        session |= {
            "customer_details": session["customer_details"] or resources.customer_details(None),
            "payment_status": payment_status,
            "status": "complete",
            "url": None,
        }

    def decline(self, checkout: Checkout) -> None:
        """Refuse the card: the charge fails and the session stays open."""
        intent = self.intent(checkout)
        charge = resources.declined_charge(**self.charge_facts(checkout.session, intent))
        self.charges[charge["id"]] = charge
        intent |= {"last_payment_error": resources.decline(charge), "latest_charge": charge["id"]}
        self.emit("charge.failed", charge)
        self.emit("payment_intent.payment_failed", intent)

    def intent(self, checkout: Checkout) -> Resource:
        """Give the PaymentIntent of a session, which begins with the first try to pay."""
        session, given = checkout.session, checkout.intent_data
        if session["payment_intent"] is not None:
            return self.payment_intents[session["payment_intent"]]
        intent = resources.payment_intent(
            created=self.now(),
            amount=session["amount_total"],
            currency=session["currency"],
            description=given.description,
            metadata=given.metadata,
            payment_method_types=list(session["payment_method_types"]),
            receipt_email=given.receipt_email,
            statement_descriptor_suffix=given.statement_descriptor_suffix,
        )
        self.payment_intents[intent["id"]] = intent
        session["payment_intent"] = intent["id"]
        self.emit("payment_intent.created", intent)
        return intent

    def paid_charge(self, payment_intent: str, wanted: str) -> Resource:
        """Give the charge of a payment that has arrived; `wanted` says what for."""
        intent = self.find("payment_intent", payment_intent, "payment_intent", status=400)
        if intent["status"] != "succeeded":
            raise StripeError(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to {wanted}.",
                code="payment_intent_unexpected_state",
                param="payment_intent",
            )
        return self.charges[intent["latest_charge"]]

    def charge_facts(self, session: Resource, intent: Resource) -> Resource:
        """Give what a charge has from its session and its PaymentIntent."""
        same = (
            "amount",
            "currency",
            "description",
            "metadata",
            "receipt_email",
            "statement_descriptor_suffix",
        )
        return {name: deepcopy(intent[name]) for name in same} | {
            "billing_details": resources.billing_details(session["customer_email"]),
            "created": self.now(),
            "payment_intent": intent["id"],
        }

    # --- reading -------------------------------------------------------------------------------------------

    def find(self, kind: str, identifier: str, param: str = "id", *, status: int = 404) -> Resource:
        """Give the object of that kind and id."""
        self.expire_due()
        known = self.all(kind)
        if identifier not in known:
            raise no_such(kind, identifier, param, status=status)
        return known[identifier]

    def all(self, kind: str) -> Mapping[str, Resource]:
        """Give all objects of a kind, the oldest first."""
        known: Mapping[str, Resource] = getattr(self, f"{kind}s")
        return known

    def page(self, url: str, known: list[Resource], page: Page) -> Resource:
        """Give one page of the objects that match, newest first."""
        self.expire_due()
        found = [item for item in reversed(known) if page.holds(item)]
        ids = [item["id"] for item in found]
        if page.ending_before is not None:
            before = found[: _position(ids, page.ending_before, "ending_before")]
            return resources.listing(url, before[-page.limit :], has_more=len(before) > page.limit)
        if page.starting_after is not None:
            found = found[_position(ids, page.starting_after, "starting_after") + 1 :]
        return resources.listing(url, found[: page.limit], has_more=len(found) > page.limit)

    def expanded(self, item: Resource, paths: list[str]) -> Resource:
        """Copy an object (or a list of them) with the ids at the given paths replaced by what they name."""
        answer = deepcopy(item)
        for path in paths:
            self._expand(answer, path, path.split("."))
        return answer

    def _expand(self, item: Resource, path: str, names: list[str]) -> None:
        first, *rest = names
        if item["object"] == "list" and first == "data":
            for entry in item["data"]:
                self._expand(entry, path, rest)
        elif first not in EXPANDABLE or first not in item:
            raise StripeError(f"This property cannot be expanded ({path}).", param="expand")
        elif item[first] is not None:
            if isinstance(item[first], str):
                item[first] = deepcopy(getattr(self, EXPANDABLE[first])[item[first]])
            if rest:
                self._expand(item[first], path, rest)

    def emit(self, type_: str, subject: Resource, cause: Cause | None = None) -> None:
        event = resources.event(
            created=self.now(),
            livemode=self.knobs().livemode,
            type_=type_,
            subject=deepcopy(subject),
            request={
                "id": cause and cause.request_id,
                "idempotency_key": cause and cause.idempotency_key,
            },
        )
        self.events[event["id"]] = event
        self.publish(event)


def _offered(method: str, params: CreateSession, currency: str) -> bool:
    """Say whether a page offers a method: cards unless left out, debits for euros where they are let in."""
    if method == "card":
        return not params.allowed_payment_method_types or "card" in params.allowed_payment_method_types
    return currency == "eur" and method in params.allowed_payment_method_types


def _bad_expiry(bound: str) -> StripeError:
    message = f"The `expires_at` timestamp must be {bound} from Checkout Session creation."
    return StripeError(message, param="expires_at")


def _position(ids: list[str], identifier: str, param: str) -> int:
    if identifier not in ids:
        raise no_such("object", identifier, param, status=400)
    return ids.index(identifier)
