"""Debits: the buyer is done at once, and his bank decides days later."""

from local.stripe_standin import resources
from local.stripe_standin.errors import StripeError
from local.stripe_standin.resources import Resource
from local.stripe_standin.state import Checkout, State


def begin(state: State, checkout: Checkout) -> None:
    """Complete the session without money: its PaymentIntent is processing."""
    session, intent = checkout.session, state.intent(checkout)
    charge = resources.debited_charge(**state.charge_facts(session, intent))
    state.charges[charge["id"]] = charge
    intent |= {
        "last_payment_error": None,
        "latest_charge": charge["id"],
        "payment_method": charge["payment_method"],
        "status": "processing",
    }
    state.complete(session, "unpaid")
    state.emit("charge.pending", charge)
    state.emit("payment_intent.processing", intent)
    state.emit("checkout.session.completed", session)


def succeed(state: State, checkout: Checkout) -> None:
    """Let the money come."""
    session, intent, charge = _undecided(state, checkout)
    charge |= {"outcome": resources.approved(), "paid": True, "status": "succeeded"}
    intent |= {"amount_received": intent["amount"], "status": "succeeded"}
    session["payment_status"] = "paid"
    state.emit("charge.succeeded", charge)
    state.emit("payment_intent.succeeded", intent)
    state.emit("checkout.session.async_payment_succeeded", session)


def fail(state: State, checkout: Checkout) -> None:
    """Let the bank refuse: the session stays complete and unpaid for good."""
    session, intent, charge = _undecided(state, checkout)
    charge |= {
        "failure_code": "insufficient_funds",
        "failure_message": "The customer's account has insufficient funds to cover this payment.",
        "status": "failed",
    }
    intent |= {
        "last_payment_error": resources.debit_failure(charge),
        "payment_method": None,
        "status": "requires_payment_method",
    }
    state.emit("charge.failed", charge)
    state.emit("payment_intent.payment_failed", intent)
    state.emit("checkout.session.async_payment_failed", session)


def _undecided(state: State, checkout: Checkout) -> tuple[Resource, Resource, Resource]:
    session = checkout.session
    intent = state.payment_intents.get(session["payment_intent"], {})
    if intent.get("status") != "processing":
        raise StripeError("No debit of this Checkout Session is under way.")
    return session, intent, state.charges[intent["latest_charge"]]
