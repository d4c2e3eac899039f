"""A mail as it would look, filled with samples: for organizers who word it themselves."""

from datetime import timedelta

from admit.catalog.catalog import Catalog
from admit.catalog.mail_text import MailWording, MailWordingPatch
from admit.mail.kinds import KINDS, TextKind
from admit.mail.layout import Link
from admit.mail.letter import Desk, Letter, Values, glance
from admit.mail.texts import MailLanguage, MailPreview, mail_text, require_sound
from admit.messages import messages
from admit.money import Money
from admit.orders.explain import MESSAGES
from admit.tickets.links import Links

_NOWHERE = "https://example.com/"
_READER, _OTHER, _ADDRESS = "Kari Nordmann", "Ola Nordmann", "ola@example.com"
_COMPANY = "Polar Systems"
_ORDER, _INVOICE = "7K3QD-9XWB", "INV-000007"
_LABELS = {
    "because_buyer": "open_order",
    "because_holder": "open_ticket",
    "because_transfer": "answer_transfer",
    "because_giver": "see_ticket",
    "because_asked": "confirm_address",
    "because_listed": "order_tickets",
    "because_waiting": "answer_offer",
}


def preview(
    catalog: Catalog, kind: TextKind, language: MailLanguage, request: MailWordingPatch
) -> MailPreview:
    """Write a kind of mail to a made-up reader; its links lead nowhere. Raises Invalid."""
    present = mail_text(catalog, kind, language)
    wording = MailWording(subject=request.subject or present.subject, text=request.text or present.text)
    require_sound(kind, wording)
    letter = Desk(catalog, Links("", _NOWHERE, _NOWHERE)).letter(_ADDRESS, language)
    mail = letter.written(kind, samples(letter, kind), wording)
    return MailPreview(subject=mail.subject, text=mail.text, html=mail.html)


def samples(letter: Letter, kind: TextKind) -> Values:
    """Return something to put in for everything that a kind of mail can put in."""
    tongue, event = letter.tongue, letter.event
    say, about = tongue.say, KINDS[kind].because
    explained = messages(MESSAGES, tongue.language).say
    tiers = [tier.title for _, tiers in letter.desk.catalog.in_order() for tier in tiers]
    tier = tiers[0] if tiers else say("label_ticket")
    asked = [question.title for question in letter.desk.catalog.questions.values()][:2]
    amount = tongue.money(Money(amount=12_500, currency=event.currency))
    before = event.starts_at - timedelta(days=7)
    day, time = tongue.day(before, event.timezone), tongue.time(before, event.timezone)
    invoice = {"invoice": say("invoice_numbered", number=_INVOICE), "event": event.title}
    transfer = about == "because_transfer"
    known: Values = letter.of_event(_READER) | {
        "name": _READER,
        "giver": _OTHER,
        "receiver": _ADDRESS,
        "order": _ORDER,
        "tier": tier,
        "company": _COMPANY,
        "tickets": f"2 × {tier}",
        "why": explained("fulfilled_unpaid_why"),
        "next": explained("fulfilled_unpaid_next"),
        "payment": say("still_to_pay_by", amount=amount, day=day),
        "amount": amount,
        "number": _INVOICE,
        "invoice": _INVOICE,
        "reminder": say("reminder_due", **invoice, day=day),
        "pay_by": say("pay_by", time=time),
        "decided_by": say("decided_by", time=time),
        "deadline": time,
        "note": say("transfer_note", giver=_OTHER, note="…") if transfer else say("note", note="…"),
        "cancelled": tongue.count("numbered", 1, numbers="2"),
        "rest": say("others_stay"),
        "refund": say("refund_sent", amount=amount, order=_ORDER)
        if kind is TextKind.REFUND_SENT
        else say("refund_under_way"),
        "reason": say("refund_for", tickets=tongue.count("numbered", 1, numbers="2")),
        "arrival": say("refund_by_card"),
        "unnamed": tongue.count("unnamed", 2, event=event.title),
        "opening": say("ticket_given", giver=_OTHER, event=event.title),
        "required": say("answers_missing", questions=", ".join(asked)) if asked else "",
        "questions": "\n".join(f"• {one}" for one in asked or ["…"]),
        "offer": tongue.count("offered", 2),
        "details": glance(letter, (say("label_ticket"), tier), (say("label_name"), _READER)),
        "calendar": Link(say("add_to_calendar"), _NOWHERE),
        "link": Link(say(_LABELS.get(about, "open_ticket")), _NOWHERE),
    }
    return {name: known[name] for name in KINDS[kind].placeholders}
