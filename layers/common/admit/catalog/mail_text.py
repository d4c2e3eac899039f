"""An event's own wording of a kind of mail, in one language."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from admit import keys
from admit.clock import Instant
from admit.model import ONE_LINE, Entity, Shape
from admit.store import Put


def _plain_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


type Subject = Annotated[str, StringConstraints(min_length=1, max_length=200), ONE_LINE]
type MailBody = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4_000, pattern=r"^[^\x00-\x09\x0b\x0c\x0e-\x1f\x7f]*$"),
    AfterValidator(_plain_lines),
]


class MailWording(Shape):
    """What a mail says, with placeholders in braces. An empty line sets paragraphs apart."""

    subject: Subject
    text: MailBody


class MailWordingPatch(Shape):
    """A wording to try; what is left out is as it is now."""

    subject: Subject | None = None
    text: MailBody | None = None


class MailText(Entity):
    event_id: str
    mail_kind: str
    language: str
    subject: str
    text: str
    changed_by: str
    changed_at: Instant

    @property
    def wording(self) -> MailWording:
        return MailWording(subject=self.subject, text=self.text)

    def put(self) -> Put:
        """Return the write that stores it, in place of an earlier one."""
        key = keys.mail_text(self.event_id, self.mail_kind, self.language)
        return Put(key, {"kind": "mail_text", **self.attributes()}, condition=None)
