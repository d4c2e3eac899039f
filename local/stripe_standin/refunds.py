"""Money given back: at once, or when a bank says so. A refund that fails is the charge's money again."""

from local.stripe_standin import resources
from local.stripe_standin.errors import StripeError
from local.stripe_standin.params import CreateRefund
from local.stripe_standin.resources import Resource
from local.stripe_standin.state import Cause, State


def create(state: State, params: CreateRefund, cause: Cause | None) -> Resource:
    """Give back all that is left of a charge, or a part of it; `cause` is None for one of the dashboard."""
    charge = _charge(state, params)
    amount = _amount(charge, params.amount)
    if any(not dispute["is_charge_refundable"] for dispute in _disputes(state, charge)):
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise StripeError(message, code="charge_disputed")
    waits = bool(state.knobs().pending_refunds)
    refund = resources.refund(
        created=state.now(),
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        destination_details=resources.destination(charge, waits=waits),
        metadata=params.metadata,
        payment_intent=charge["payment_intent"],
        reason=params.reason,
        status="pending" if waits else "succeeded",
        **({"pending_reason": "processing"} if waits else {}),
    )
    state.refunds[refund["id"]] = refund
    charge["refunds"]["data"].insert(0, refund)
    _count(charge, amount)
    state.emit("refund.created", refund, cause)
    state.emit("charge.refunded", charge, cause)
    if waits:
        state.knobs().pending_refunds -= 1
    else:
        # The bank's reference of a refund comes a moment after the refund itself.
        state.emit("refund.updated", refund)
    return refund


def succeed(state: State, refund_id: str) -> Resource:
    """Let a refund that waits arrive."""
    refund = state.find("refund", refund_id)
    if refund["status"] != "pending":
        raise _decided(refund)
    del refund["pending_reason"]
    refund |= {
        "status": "succeeded",
        "destination_details": resources.destination(state.charges[refund["charge"]], waits=False),
    }
    state.emit("refund.updated", refund)
    return refund


def fail(state: State, refund_id: str, reason: str) -> Resource:
    """Let a refund come back, also one that has succeeded before: the bank may send it back later."""
    refund = state.find("refund", refund_id)
    if refund["status"] not in ("pending", "succeeded"):
        raise _decided(refund)
    refund.pop("pending_reason", None)
    refund |= {
        "failure_balance_transaction": resources.new_id("txn_3"),
        "failure_reason": reason,
        "status": "failed",
    }
    _count(state.charges[refund["charge"]], -refund["amount"])
    state.emit("refund.failed", refund)
    state.emit("refund.updated", refund)
    return refund


def _count(charge: Resource, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]


def _amount(charge: Resource, asked: int | None) -> int:
    left: int = charge["amount_captured"] - charge["amount_refunded"]
    if left == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise StripeError(message, code="charge_already_refunded", param="charge")
    amount = left if asked is None else asked
    if amount < 1:
        raise StripeError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        currency = charge["currency"].upper()
        raise StripeError(
            f"Refund amount ({amount} {currency}) is greater than unrefunded amount on charge "
            f"({left} {currency})",
            param="amount",
        )
    return amount


def _disputes(state: State, charge: Resource) -> list[Resource]:
    return [dispute for dispute in state.disputes.values() if dispute["charge"] == charge["id"]]


def _charge(state: State, params: CreateRefund) -> Resource:
    if params.charge is not None:
        return state.find("charge", params.charge, "charge", status=400)
    if params.payment_intent is None:
        raise StripeError("One of the following params should be provided: payment_intent or charge.")
    return state.paid_charge(params.payment_intent, "refund")


def _decided(refund: Resource) -> StripeError:
    return StripeError(f"This refund has a status of `{refund['status']}`.")
