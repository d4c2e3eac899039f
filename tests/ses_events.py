"""Event records as SES publishes them.

Source: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html
"""

import json
from datetime import datetime, timedelta
from typing import Any

from admit.clock import stamp
from tests.builders import NOW

KARI = "kari@polar.example"


def told(to: str = KARI, order_id: str | None = "0rder1", sent_at: datetime = NOW, **event: Any) -> str:
    """Write an event record about a mail."""
    tags = {"ses:configuration-set": ["the-set"]} | ({"order_id": [order_id]} if order_id else {})
    mail = {
        "timestamp": stamp(sent_at),
        "source": "tickets@admit.example",
        "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/tickets@admit.example",
        "sendingAccountId": "123456789012",
        "messageId": "0102-abc-000000",
        "destination": [to],
        "headersTruncated": False,
        "headers": [{"name": "To", "value": to}],
        "commonHeaders": {"to": [to], "subject": "Your tickets"},
        "tags": tags,
    }
    return json.dumps({"mail": mail} | event)


def a_bounce(
    kind: str = "Permanent",
    subtype: str = "General",
    *,
    feedback_id: str = "0102-feedback-000000",
    sent_at: datetime = NOW,
    **mail: Any,
) -> str:
    """Write that a mail came back a minute after it was sent, from where its reader has it forwarded to."""
    recipient = {"emailAddress": "forwarded@elsewhere.example", "action": "failed", "status": "5.1.1"}
    bounce = {
        "bounceType": kind,
        "bounceSubType": subtype,
        "bouncedRecipients": [recipient | {"diagnosticCode": "smtp; 550 5.1.1 user unknown"}],
        "timestamp": stamp(sent_at + timedelta(minutes=1)),
        "feedbackId": feedback_id,
        "reportingMTA": "dsn; mta.example",
    }
    return told(eventType="Bounce", bounce=bounce, sent_at=sent_at, **mail)


def a_complaint(*, sent_at: datetime = NOW, mail: dict[str, Any] | None = None, **fields: Any) -> str:
    """Write that a reader has called a mail unwanted."""
    complaint = {
        "complainedRecipients": [{"emailAddress": KARI}],
        "timestamp": stamp(sent_at + timedelta(minutes=40)),
        "feedbackId": "0102-feedback-000001",
        "userAgent": "Amazon SES Mailbox Simulator",
    }
    return told(eventType="Complaint", complaint=complaint | fields, sent_at=sent_at, **(mail or {}))
