"""What Amazon SES tells of mails after they were sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from admit.aws.mail import ORDER_TAG
from admit.mail.delivery import Undelivered
from admit.people.mailbox import MailState

# What SES publishes when a topic is connected to it.
_GREETING = "Successfully validated SNS topic"


class _Told(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Mail(_Told):
    timestamp: datetime
    message_id: str = Field(alias="messageId")
    destination: Sequence[str]
    tags: dict[str, list[str]] = {}


class _Bounce(_Told):
    type: str = Field(alias="bounceType")
    subtype: str = Field(alias="bounceSubType")
    timestamp: datetime
    feedback_id: str = Field(alias="feedbackId")

    @property
    def may_be_an_answer(self) -> bool:
        """Whether it may be the automatic answer of somebody who is away."""
        return self.type == "Transient" and self.subtype == "General"


class _Complaint(_Told):
    subtype: str | None = Field(alias="complaintSubType", default=None)
    kind: str | None = Field(alias="complaintFeedbackType", default=None)
    timestamp: datetime
    feedback_id: str = Field(alias="feedbackId")


class _News(_Told):
    """An event record. Source:
    https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html"""

    type: Literal["Bounce", "Complaint", "Reject"] = Field(alias="eventType")
    mail: _Mail
    bounce: _Bounce | None = None
    complaint: _Complaint | None = None


def read_news(body: str) -> Undelivered | None:
    """Read an event of SES, None when it is nothing to act on. Raises pydantic.ValidationError.

    A mail has one reader. The address of the mail is taken: that of the report may be where it was sent on.
    """
    if body.startswith(_GREETING):
        return None
    news = _News.model_validate_json(body)
    match news:
        case _News(bounce=_Bounce() as bounce):
            if bounce.may_be_an_answer:
                return None
            state = MailState.BOUNCED if bounce.type == "Permanent" else None
            reason = f"{bounce.type} {bounce.subtype}"
            return _undelivered(news.mail, bounce.feedback_id, state, reason, bounce.timestamp)
        case _News(complaint=_Complaint() as complaint):
            if complaint.kind == "not-spam":
                return None
            reason = complaint.kind or complaint.subtype or "complaint"
            return _undelivered(
                news.mail, complaint.feedback_id, MailState.COMPLAINED, reason, complaint.timestamp
            )
        case _:
            return _undelivered(news.mail, news.mail.message_id, None, news.type, news.mail.timestamp)


def _undelivered(
    mail: _Mail, news_id: str, state: MailState | None, reason: str, at: datetime
) -> Undelivered:
    local, _, domain = mail.destination[0].rpartition("@")
    return Undelivered(
        id=news_id,
        email=f"{local}@{domain.encode('ascii').decode('idna')}",
        order_id=next(iter(mail.tags.get(ORDER_TAG, [])), None),
        state=state,
        reason=reason,
        sent_at=mail.timestamp,
        at=at,
    )
