"""Stripe's objects as they are answered: every field is there, null where nothing is known."""

import secrets
import string
from typing import Any

type Resource = dict[str, Any]

API_VERSION = "2026-10-28.endive"
ADDRESS: Resource = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))

EVIDENCE = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)


def new_id(prefix: str, length: int = 24) -> str:
    alphabet = string.ascii_letters + string.digits
    return prefix + "".join(secrets.choice(alphabet) for _ in range(length))


def checkout_session(*, created: int, **known: Any) -> Resource:
    session: Resource = {
        "id": new_id("cs_test_", 58),
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": 0,
        "amount_total": 0,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": None,
        "client_reference_id": None,
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": created,
        "currency": None,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_account": None,
        "customer_creation": "if_required",
        "customer_details": None,
        "customer_email": None,
        "discounts": [],
        "expires_at": created + 24 * 3600,
        "integration_identifier": None,
        "invoice": None,
        "invoice_creation": None,
        "livemode": False,
        "locale": None,
        "managed_payments": {"enabled": False},
        "metadata": {},
        "mode": "payment",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": None,
        "subscription": None,
        "success_url": None,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": None,
        "wallet_options": None,
    }
    return session | known


def customer_details(email: str | None) -> Resource:
    return {
        "address": dict(ADDRESS),
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def billing_details(email: str | None) -> Resource:
    return {"address": dict(ADDRESS), "email": email, "name": None, "phone": None, "tax_id": None}


def payment_intent(*, created: int, **known: Any) -> Resource:
    identifier = new_id("pi_3")
    intent: Resource = {
        "id": identifier,
        "object": "payment_intent",
        "amount": 0,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{identifier}_secret_{new_id('', 25)}",
        "confirmation_method": "automatic",
        "created": created,
        "currency": "eur",
        "customer": None,
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }
    return intent | known


def charge(*, created: int, amount: int, **known: Any) -> Resource:
    identifier = new_id("ch_3")
    paid: Resource = {
        "id": identifier,
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": billing_details(None),
        "calculated_statement_descriptor": "ADMIT",
        "captured": True,
        "created": created,
        "currency": "eur",
        "customer": None,
        "description": None,
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "on_behalf_of": None,
        "outcome": approved(),
        "paid": True,
        "payment_intent": None,
        "payment_method": new_id("pm_1"),
        "payment_method_details": {"card": _card(amount), "type": "card"},
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "refunds": listing(f"/v1/charges/{identifier}/refunds"),
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    }
    return paid | known


def declined_charge(*, created: int, amount: int, **known: Any) -> Resource:
    return charge(
        created=created,
        amount=amount,
        amount_captured=0,
        captured=False,
        failure_code="card_declined",
        failure_message="Your card was declined.",
        outcome=_outcome(
            "issuer_declined",
            "declined_by_network",
            "The bank did not return any further details with this decline.",
            reason="generic_decline",
        ),
        paid=False,
        status="failed",
        **known,
    )


def debited_charge(*, created: int, amount: int, **known: Any) -> Resource:
    """Give the charge of a debit that its bank has not decided."""
    return charge(
        created=created,
        amount=amount,
        outcome=_outcome("authorized", "approved_by_network", "Payment pending.", reason=None),
        paid=False,
        payment_method_details={"sepa_debit": _sepa_debit(), "type": "sepa_debit"},
        status="pending",
        **known,
    )


def debit_failure(charge: Resource) -> Resource:
    """Say why a debit failed, as a PaymentIntent's `last_payment_error`."""
    return {
        "charge": charge["id"],
        "code": "payment_intent_payment_attempt_failed",
        "doc_url": "https://stripe.com/docs/error-codes/payment-intent-payment-attempt-failed",
        "message": charge["failure_message"],
        "type": "invalid_request_error",
    }


def decline(charge: Resource) -> Resource:
    """Say why a payment failed, as a PaymentIntent's `last_payment_error`."""
    return {
        "charge": charge["id"],
        "code": "card_declined",
        "decline_code": "generic_decline",
        "doc_url": "https://stripe.com/docs/error-codes/card-declined",
        "message": charge["failure_message"],
        "type": "card_error",
    }


def approved() -> Resource:
    return _outcome("authorized", "approved_by_network", "Payment complete.", reason=None)


def _outcome(kind: str, network_status: str, message: str, *, reason: str | None) -> Resource:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network_status,
        "reason": reason,
        "seller_message": message,
        "type": kind,
    }


def _card(amount: int) -> Resource:
    return {
        "amount_authorized": amount,
        "authorization_code": None,
        "brand": "visa",
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "exp_month": 12,
        "exp_year": 2040,
        "extended_authorization": {"status": "disabled"},
        "fingerprint": "standin000000000",
        "funding": "credit",
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": "4242",
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": "visa",
        "network_token": {"used": False},
        "network_transaction_id": None,
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "regulated_status": None,
        "three_d_secure": None,
        "transaction_link_id": None,
        "wallet": None,
    }


def _sepa_debit() -> Resource:
    return {
        "bank_code": "37040044",
        "branch_code": "",
        "country": "DE",
        "expected_debit_date": None,
        "fingerprint": "standin000000001",
        "last4": "3000",
        "mandate": None,
    }


def destination(charge: Resource, *, waits: bool) -> Resource:
    """Say where a charge's refund goes: to the card, or from bank to bank."""
    if charge["payment_method_details"]["type"] == "card":
        return {"card": {"type": "pending" if waits else "refund"}, "type": "card"}
    reference: Resource = {"reference": None, "reference_status": "pending" if waits else "available"}
    return {"eu_bank_transfer": reference, "type": "eu_bank_transfer"}


def refund(*, created: int, **known: Any) -> Resource:
    made: Resource = {
        "id": new_id("re_3"),
        "object": "refund",
        "amount": 0,
        "balance_transaction": None,
        "charge": None,
        "created": created,
        "currency": "eur",
        "customer": None,
        "customer_account": None,
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": {},
        "payment_intent": None,
        "payment_method": None,
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
    return made | known


def dispute(*, created: int, **known: Any) -> Resource:
    opened: Resource = {
        "id": new_id("dp_1"),
        "object": "dispute",
        "amount": 0,
        "balance_transactions": [],
        "charge": "",
        "created": created,
        "currency": "eur",
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys(EVIDENCE) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": created + 7 * 24 * 3600,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": None,
        "payment_method_details": {
            "card": {
                "brand": "visa",
                "case_type": "chargeback",
                "network": "visa",
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": "fraudulent",
        "status": "needs_response",
    }
    return opened | known


def balance_transaction(*, created: int, amount: int, fee: int, **known: Any) -> Resource:
    """Give a movement on the account; `amount` is below zero for money that goes."""
    moved: Resource = {
        "id": new_id("txn_1"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": created,
        "balance_type": "payments",
        "created": created,
        "currency": "eur",
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [],
        "net": amount - fee,
        "reporting_category": "dispute",
        "source": None,
        "status": "available",
        "type": "adjustment",
    }
    return moved | known


def event(*, created: int, livemode: bool, type_: str, subject: Resource, request: Resource) -> Resource:
    return {
        "id": new_id("evt_1"),
        "object": "event",
        "api_version": API_VERSION,
        "created": created,
        "data": {"object": subject},
        "livemode": livemode,
        "pending_webhooks": 0,
        "request": request,
        "type": type_,
    }


def listing(url: str, data: list[Resource] | None = None, *, has_more: bool = False) -> Resource:
    return {"object": "list", "data": data or [], "has_more": has_more, "url": url}
