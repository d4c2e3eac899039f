"""An event's own wordings of its mails: an organizer sets them by kind and language."""

from datetime import datetime
from enum import StrEnum

from admit import keys
from admit.catalog.amend import Amendment, amend
from admit.catalog.catalog import Catalog
from admit.catalog.mail_text import MailText, MailWording
from admit.clock import Instant
from admit.errors import Fault, Invalid
from admit.mail.kinds import BLOCKS, KINDS, OF_EVENTS, TextKind, default_wording
from admit.messages import spoken, stray_placeholders
from admit.model import Shape
from admit.store import Delete, Table


class MailLanguage(StrEnum):
    """The languages that mails are written in."""

    EN = "en"
    DE = "de"
    FR = "fr"
    NB = "nb"
    AR = "ar"


class MailTextView(Shape):
    """How a kind of mail is worded at an event in one language, and how it is by default."""

    kind: TextKind
    language: MailLanguage
    subject: str
    text: str
    own: bool
    """Whether the event words it itself."""
    default: MailWording
    placeholders: list[str]
    """What may stand in braces."""
    link_required: bool
    changed_by: str | None
    changed_at: Instant | None


class MailPreview(Shape):
    """A mail as it would look."""

    subject: str
    text: str
    html: str


def mail_texts(catalog: Catalog, language: MailLanguage | None) -> list[MailTextView]:
    """Return how each kind of mail is worded in a language, by default the event's."""
    wanted = language or MailLanguage(spoken(catalog.event.language))
    return [mail_text(catalog, kind, wanted) for kind in OF_EVENTS]


def mail_text(catalog: Catalog, kind: TextKind, language: MailLanguage) -> MailTextView:
    """Return how a kind of mail is worded. Raises Invalid for one that is not about an event."""
    if kind not in OF_EVENTS:
        raise Invalid.field("kind", "is a mail that is not about one event; it has no text of its own")
    default = default_wording(kind, language)
    own = catalog.mail_texts.get((kind, language))
    wording = own.wording if own else default
    return MailTextView(
        kind=kind,
        language=language,
        subject=wording.subject,
        text=wording.text,
        own=own is not None,
        default=default,
        placeholders=sorted(KINDS[kind].placeholders),
        link_required=KINDS[kind].has_link,
        changed_by=own.changed_by if own else None,
        changed_at=own.changed_at if own else None,
    )


def set_mail_text(
    table: Table,
    catalog: Catalog,
    kind: TextKind,
    language: MailLanguage,
    wording: MailWording,
    *,
    actor: str,
    now: datetime,
) -> MailTextView:
    """Word a kind of mail anew in one language. Raises Invalid."""
    mail_text(catalog, kind, language)
    require_sound(kind, wording)

    def decide(catalog: Catalog) -> Amendment[MailTextView]:
        text = MailText(
            event_id=catalog.event.id,
            mail_kind=kind,
            language=language,
            subject=wording.subject,
            text=wording.text,
            changed_by=actor,
            changed_at=now,
        )
        after = Catalog(**{**vars(catalog), "mail_texts": {**catalog.mail_texts, (kind, language): text}})
        return Amendment(mail_text(after, kind, language), [text.put()])

    return amend(table, catalog, decide)


def reset_mail_text(table: Table, catalog: Catalog, kind: TextKind, language: MailLanguage) -> None:
    """Let a kind of mail say again what it does by default; where it does already nothing changes."""

    def decide(catalog: Catalog) -> Amendment[None]:
        if (kind, language) not in catalog.mail_texts:
            return Amendment(None, [])
        return Amendment(None, [Delete(keys.mail_text(catalog.event.id, kind, language))])

    amend(table, catalog, decide)


def require_sound(kind: TextKind, wording: MailWording) -> None:
    """Raise Invalid with all that a wording asks for and this kind of mail does not have, or leaves out."""
    known = KINDS[kind].placeholders
    faults = [
        Fault(field, f"has {{{name}}}, which this mail does not; it has {_listed(allowed)}")
        for field, allowed in (("subject", known - BLOCKS), ("text", known))
        for name in stray_placeholders(getattr(wording, field), allowed)
    ]
    if KINDS[kind].has_link and "{link}" not in wording.text:
        faults.append(Fault("text", "must hold {link}: the mail is of no use without it"))
    if faults:
        raise Invalid(faults=faults)


def _listed(names: frozenset[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))
