"""Disputes: the buyer's bank asks about a charge, or takes its money back until it has decided.

Source: https://docs.stripe.com/disputes/how-disputes-work
"""

from local.stripe_standin import resources
from local.stripe_standin.errors import StripeError
from local.stripe_standin.resources import Resource
from local.stripe_standin.state import State

FEE = 2000
UNDECIDED = ("needs_response", "under_review")
UNDECIDED_INQUIRY = ("warning_needs_response", "warning_under_review")


def begin(state: State, payment_intent: str, amount: int | None, reason: str, *, inquiry: bool) -> Resource:
    """Open a dispute over a payment or a part of it; an inquiry leaves the money where it is."""
    charge = state.paid_charge(payment_intent, "dispute")
    dispute = resources.dispute(
        created=state.now(),
        amount=charge["amount"] if amount is None else amount,
        charge=charge["id"],
        currency=charge["currency"],
        is_charge_refundable=inquiry,
        payment_intent=payment_intent,
        reason=reason,
        status="warning_needs_response" if inquiry else "needs_response",
    )
    if inquiry:
        dispute["payment_method_details"]["card"]["case_type"] = "inquiry"
    state.disputes[dispute["id"]] = dispute
    charge["disputed"] = True
    state.emit("charge.dispute.created", dispute)
    if not inquiry:
        _withdraw(state, dispute)
    return dispute


def respond(state: State, dispute_id: str) -> Resource:
    """Hand in evidence."""
    dispute = _in(state, dispute_id, "needs_response", "warning_needs_response")
    dispute["evidence_details"] |= {"has_evidence": True, "submission_count": 1}
    dispute["status"] = dispute["status"].replace("needs_response", "under_review")
    state.emit("charge.dispute.updated", dispute)
    return dispute


def escalate(state: State, dispute_id: str) -> Resource:
    """Let the bank turn its inquiry into a chargeback."""
    dispute = _in(state, dispute_id, *UNDECIDED_INQUIRY)
    dispute |= {"is_charge_refundable": False, "status": "needs_response"}
    dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
    state.emit("charge.dispute.updated", dispute)
    _withdraw(state, dispute)
    return dispute


def win(state: State, dispute_id: str) -> Resource:
    """Let the bank decide for the shop: the money comes back, the fee does not."""
    dispute = _in(state, dispute_id, *UNDECIDED, *UNDECIDED_INQUIRY)
    inquiry = dispute["status"] in UNDECIDED_INQUIRY
    dispute |= {"is_charge_refundable": True, "status": "warning_closed" if inquiry else "won"}
    if not inquiry:
        _move(state, dispute, dispute["amount"], 0, "dispute_reversal")
    state.emit("charge.dispute.closed", dispute)
    if not inquiry:
        state.emit("charge.dispute.funds_reinstated", dispute)
    return dispute


def lose(state: State, dispute_id: str) -> Resource:
    """Let the bank decide for the buyer: the money stays withdrawn."""
    dispute = _in(state, dispute_id, *UNDECIDED)
    dispute["status"] = "lost"
    state.emit("charge.dispute.closed", dispute)
    return dispute


def _withdraw(state: State, dispute: Resource) -> None:
    _move(state, dispute, -dispute["amount"], FEE, "dispute")
    state.emit("charge.dispute.funds_withdrawn", dispute)


def _move(state: State, dispute: Resource, amount: int, fee: int, category: str) -> None:
    moved = resources.balance_transaction(
        created=state.now(),
        amount=amount,
        fee=fee,
        currency=dispute["currency"],
        reporting_category=category,
        source=dispute["id"],
    )
    dispute["balance_transactions"].append(moved)


def _in(state: State, dispute_id: str, *statuses: str) -> Resource:
    dispute = state.find("dispute", dispute_id)
    if dispute["status"] not in statuses:
        raise StripeError(f"This dispute has a status of `{dispute['status']}`.")
    return dispute
