"""What the stand-in knows, and what can be done with it. All verbs run to their end in one event loop."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field

from local.stripe_standin import resources
from local.stripe_standin.errors import StripeError, no_such
from local.stripe_standin.params import CreateRefund, CreateSession, LineItem, Page, PaymentIntentData
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
    checkouts: dict[str, Checkout] = field(default_factory=dict)
    payment_intents: dict[str, Resource] = field(default_factory=dict)
    charges: dict[str, Resource] = field(default_factory=dict)
    refunds: dict[str, Resource] = field(default_factory=dict)
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
            self._emit("payment_intent.canceled", intent, cause)
        self._emit("checkout.session.expired", session, cause)

    # --- paying --------------------------------------------------------------------------------------------

    def pay(self, checkout: Checkout) -> None:
        """Take the money: the charge succeeds and the session is complete."""
        session, intent = checkout.session, self._intent(checkout)
        charge = resources.charge(**self._charge_facts(session, intent))
        self.charges[charge["id"]] = charge
        intent |= {
            "amount_received": intent["amount"],
            "last_payment_error": None,
            "latest_charge": charge["id"],
            "payment_method": charge["payment_method"],
            "status": "succeeded",
        }
        session |= {
            "customer_details": session["customer_details"] or resources.customer_details(None),
            "payment_status": "paid",
            "status": "complete",
            "url": None,
        }
        self._emit("charge.succeeded", charge)
        self._emit("payment_intent.succeeded", intent)
        self._emit("checkout.session.completed", session)

    def decline(self, checkout: Checkout) -> None:
        """Refuse the card: the charge fails and the session stays open."""
        intent = self._intent(checkout)
        charge = resources.declined_charge(**self._charge_facts(checkout.session, intent))
        self.charges[charge["id"]] = charge
        intent |= {"last_payment_error": resources.decline(charge), "latest_charge": charge["id"]}
        self._emit("charge.failed", charge)
        self._emit("payment_intent.payment_failed", intent)

    def _intent(self, checkout: Checkout) -> Resource:
        session, given = checkout.session, checkout.intent_data
        if session["payment_intent"] is not None:
            return self.payment_intents[session["payment_intent"]]
        intent = resources.payment_intent(
            created=self.now(),
            amount=session["amount_total"],
            currency=session["currency"],
            description=given.description,
            metadata=given.metadata,
            receipt_email=given.receipt_email,
        )
        self.payment_intents[intent["id"]] = intent
        session["payment_intent"] = intent["id"]
        self._emit("payment_intent.created", intent)
        return intent

    def _charge_facts(self, session: Resource, intent: Resource) -> Resource:
        same = ("amount", "currency", "description", "metadata", "receipt_email")
        return {name: deepcopy(intent[name]) for name in same} | {
            "billing_details": resources.billing_details(session["customer_email"]),
            "created": self.now(),
            "payment_intent": intent["id"],
        }

    # --- giving back ---------------------------------------------------------------------------------------

    def create_refund(self, params: CreateRefund, cause: Cause) -> Resource:
        """Give back all that is left of a charge, or a part of it."""
        charge = self._charge_of(params)
        left = charge["amount_captured"] - charge["amount_refunded"]
        amount = left if params.amount is None else params.amount
        if left == 0:
            message = f"Charge {charge['id']} has already been refunded."
            raise StripeError(message, code="charge_already_refunded", param="charge")
        if amount < 1:
            raise StripeError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
        if amount > left:
            currency = charge["currency"].upper()
            raise StripeError(
                f"Refund amount ({amount} {currency}) is greater than unrefunded amount on charge "
                f"({left} {currency})",
                param="amount",
            )
        refund = resources.refund(
            created=self.now(),
            amount=amount,
            charge=charge["id"],
            currency=charge["currency"],
            metadata=params.metadata,
            payment_intent=charge["payment_intent"],
            reason=params.reason,
        )
        self.refunds[refund["id"]] = refund
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
        charge["refunds"]["data"].insert(0, refund)
        self._emit("refund.created", refund, cause)
        self._emit("charge.refunded", charge, cause)
        return refund

    def _charge_of(self, params: CreateRefund) -> Resource:
        if params.charge is not None:
            return self.find("charge", params.charge, "charge", status=400)
        if params.payment_intent is None:
            raise StripeError("One of the following params should be provided: payment_intent or charge.")
        intent = self.find("payment_intent", params.payment_intent, "payment_intent", status=400)
        if intent["status"] != "succeeded":
            raise StripeError(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                code="payment_intent_unexpected_state",
                param="payment_intent",
            )
        return self.charges[intent["latest_charge"]]

    # --- reading -------------------------------------------------------------------------------------------

    def find(self, kind: str, identifier: str, param: str = "id", *, status: int = 404) -> Resource:
        """Give the object of that kind and id."""
        self.expire_due()
        known: Mapping[str, Resource] = getattr(self, f"{kind}s")
        if identifier not in known:
            raise no_such(kind, identifier, param, status=status)
        return known[identifier]

    def page(self, url: str, known: list[Resource], page: Page) -> Resource:
        """Give one page of the objects that match, newest first."""
        self.expire_due()
        wanted = page.filters().items()
        found = [
            item
            for item in reversed(known)
            if page.created.holds(item["created"]) and all(item[name] == value for name, value in wanted)
        ]
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

    def _emit(self, type_: str, subject: Resource, cause: Cause | None = None) -> None:
        event = resources.event(
            created=self.now(),
            type_=type_,
            subject=deepcopy(subject),
            request={
                "id": cause and cause.request_id,
                "idempotency_key": cause and cause.idempotency_key,
            },
        )
        self.events[event["id"]] = event
        self.publish(event)


def _bad_expiry(bound: str) -> StripeError:
    message = f"The `expires_at` timestamp must be {bound} from Checkout Session creation."
    return StripeError(message, param="expires_at")


def _position(ids: list[str], identifier: str, param: str) -> int:
    if identifier not in ids:
        raise no_such("object", identifier, param, status=400)
    return ids.index(identifier)
