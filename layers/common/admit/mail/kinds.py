"""The kinds of texts that mails are written by: what each can put in, and why one gets it."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple

from admit.catalog.mail_text import MailWording

_TEXTS = Path(__file__).with_name("texts")


class TextKind(StrEnum):
    ORDER_PLACED = "order_placed"
    ORDER_AWAITING_APPROVAL = "order_awaiting_approval"
    ORDER_APPROVED = "order_approved"
    ORDER_DECLINED = "order_declined"
    ORDER_EXPIRED = "order_expired"
    ORDER_TAKEN_UP = "order_taken_up"
    ORDER_CANCELLED = "order_cancelled"
    TICKETS_CANCELLED = "tickets_cancelled"
    TICKETS_READY = "tickets_ready"
    INVOICE_ISSUED = "invoice_issued"
    CREDIT_NOTE_ISSUED = "credit_note_issued"
    PAYMENT_RECEIVED = "payment_received"
    PAYMENT_REMINDER = "payment_reminder"
    PAYMENT_LATE = "payment_late"
    REFUND_SENT = "refund_sent"
    ASSIGNMENT_REMINDER = "assignment_reminder"
    TICKETS_DISTRIBUTED = "tickets_distributed"
    TICKET_ASSIGNED = "ticket_assigned"
    TICKET_PASSED_ON = "ticket_passed_on"
    TICKET_CLAIMED = "ticket_claimed"
    TICKET_TAKEN_BACK = "ticket_taken_back"
    TICKET_CANCELLED = "ticket_cancelled"
    EVENT_CANCELLED = "event_cancelled"
    DETAILS_REQUIRED = "details_required"
    TRANSFER_OFFERED = "transfer_offered"
    TRANSFER_SENT = "transfer_sent"
    TRANSFER_ACCEPTED = "transfer_accepted"
    TRANSFER_DECLINED = "transfer_declined"
    TRANSFER_CANCELLED = "transfer_cancelled"
    TRANSFER_EXPIRED = "transfer_expired"
    EVENT_CHANGED = "event_changed"
    ORDER_SEATED = "order_seated"
    TICKET_SEATED = "ticket_seated"
    VERIFY_EMAIL = "verify_email"
    WHITELISTED = "whitelisted"
    WAITING_OFFER = "waiting_offer"
    LOST_LINKS = "lost_links"
    MEMBER_ADDED = "member_added"


class Kind(NamedTuple):
    because: str
    """The message that says why one gets it."""
    placeholders: frozenset[str]

    @property
    def has_link(self) -> bool:
        return "link" in self.placeholders


# What is more than a line, and therefore in no subject.
BLOCKS = frozenset({"link", "calendar", "details", "links", "payment", "questions", "greeting"})
_EVENT = frozenset({"greeting", "event", "occasion", "when", "where"})
_ORDER = _EVENT | {"name", "order", "tickets", "why", "next", "payment", "link"}
_TICKET = _EVENT | {"name", "giver", "tier"}
_GIVEN = _TICKET | {"opening", "details", "required", "link", "calendar"}
_TRANSFER = _EVENT | {"giver", "receiver", "tier", "deadline"}


def _of(because: str, placeholders: frozenset[str], *more: str) -> Kind:
    return Kind(f"because_{because}", placeholders | set(more))


KINDS: Mapping[TextKind, Kind] = {
    TextKind.ORDER_PLACED: _of("buyer", _ORDER),
    TextKind.ORDER_AWAITING_APPROVAL: _of("buyer", _ORDER),
    TextKind.ORDER_APPROVED: _of("buyer", _ORDER, "pay_by"),
    TextKind.ORDER_DECLINED: _of("buyer", _ORDER),
    TextKind.ORDER_EXPIRED: _of("buyer", _ORDER),
    TextKind.ORDER_TAKEN_UP: _of("buyer", _ORDER),
    TextKind.ORDER_CANCELLED: _of("buyer", _ORDER, "note"),
    TextKind.TICKETS_CANCELLED: _of("buyer", _ORDER, "note", "cancelled", "rest", "refund"),
    TextKind.TICKETS_READY: _of("buyer", _ORDER, "details"),
    TextKind.INVOICE_ISSUED: _of("buyer", _ORDER, "number", "amount"),
    TextKind.CREDIT_NOTE_ISSUED: _of("buyer", _ORDER, "number", "amount", "invoice"),
    TextKind.PAYMENT_RECEIVED: _of("buyer", _ORDER, "amount"),
    TextKind.PAYMENT_REMINDER: _of("buyer", _ORDER, "reminder"),
    TextKind.PAYMENT_LATE: _of("buyer", _ORDER, "decided_by"),
    TextKind.REFUND_SENT: _of("buyer", _ORDER, "amount", "refund", "reason", "arrival"),
    TextKind.ASSIGNMENT_REMINDER: _of("buyer", _ORDER, "unnamed"),
    TextKind.TICKETS_DISTRIBUTED: _of("holder", _GIVEN - {"tier"}, "company", "tickets"),
    TextKind.TICKET_ASSIGNED: _of("holder", _GIVEN),
    TextKind.TICKET_PASSED_ON: _of("holder", _GIVEN),
    TextKind.TICKET_CLAIMED: _of("holder", _GIVEN),
    TextKind.TICKET_TAKEN_BACK: _of("former", _TICKET),
    TextKind.TICKET_CANCELLED: _of("holder", _TICKET, "link"),
    TextKind.EVENT_CANCELLED: _of("holder", _TICKET, "link"),
    TextKind.DETAILS_REQUIRED: _of("holder", _TICKET, "questions", "link"),
    TextKind.TRANSFER_OFFERED: _of("transfer", _TRANSFER, "note", "link"),
    TextKind.TRANSFER_SENT: _of("giver", _TRANSFER, "link"),
    TextKind.TRANSFER_ACCEPTED: _of("giver", _TRANSFER),
    TextKind.TRANSFER_DECLINED: _of("giver", _TRANSFER, "link"),
    TextKind.TRANSFER_CANCELLED: _of("transfer", _TRANSFER),
    TextKind.TRANSFER_EXPIRED: _of("giver", _TRANSFER, "link"),
    TextKind.EVENT_CHANGED: _of("holder", _TICKET, "details", "link", "calendar"),
    TextKind.ORDER_SEATED: _of("buyer", _ORDER, "details"),
    TextKind.TICKET_SEATED: _of("holder", _TICKET, "details", "link"),
    TextKind.VERIFY_EMAIL: _of("asked", _EVENT, "deadline", "link"),
    TextKind.WHITELISTED: _of("listed", _EVENT, "tier", "link"),
    TextKind.WAITING_OFFER: _of("waiting", _EVENT, "name", "offer", "deadline", "link"),
    TextKind.LOST_LINKS: _of("lost", frozenset({"greeting", "links"})),
    TextKind.MEMBER_ADDED: _of("member", frozenset({"greeting", "giver", "account", "link"})),
}
OF_EVENTS = [kind for kind in TextKind if kind not in (TextKind.LOST_LINKS, TextKind.MEMBER_ADDED)]
"""Those that are about one event, which may word them otherwise."""


def default_wording(kind: TextKind, language: str) -> MailWording:
    return _wordings(language)[kind]


@cache
def _wordings(language: str) -> Mapping[str, MailWording]:
    texts = tomllib.loads((_TEXTS / f"{language}.toml").read_text("utf-8"))
    return {kind: MailWording.model_validate(text) for kind, text in texts.items()}
