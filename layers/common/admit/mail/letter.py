"""A letter: one mail to one reader, in his language, and in the event's own words where it has any."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from admit.catalog.catalog import Catalog
from admit.catalog.event import Event
from admit.catalog.mail_text import MailWording
from admit.mail.kinds import KINDS, TextKind, default_wording
from admit.mail.layout import Block, Choices, Details, Link, Page, Paragraph, as_html, as_text
from admit.mail.mails import Mail
from admit.mail.tongue import Tongue
from admit.messages import placeholders
from admit.tickets.links import Links

type Value = str | Link | Details | Choices
type Values = Mapping[str, Value]
"""By placeholder. A text may be several paragraphs; an empty one leaves out a paragraph that is only it."""

_EMPTY_LINE = re.compile(r"\n[ \t]*\n\s*")
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


class Desk(NamedTuple):
    """What the mails of an event are written with."""

    catalog: Catalog
    links: Links

    @property
    def event(self) -> Event:
        return self.catalog.event

    def letter(self, to: str, *languages: str | None) -> "Letter":
        """Begin a mail in the first of these languages that is known, else in the event's."""
        return Letter(self, to, Tongue(*languages, self.event.language))


class Letter(NamedTuple):
    desk: Desk
    to: str
    tongue: Tongue

    @property
    def event(self) -> Event:
        return self.desk.event

    def link(self, label: str, url: str) -> Link:
        return Link(self.tongue.say(label), url)

    def of_event(self, name: str = "") -> dict[str, Value]:
        """Return what every mail about the event can put in; `name` is the reader's, if it is known."""
        event, tongue = self.event, self.tongue
        place = event.venue.name if event.venue else ""
        starts = tongue.time(event.starts_at, event.timezone)
        return {
            "greeting": greeting(tongue, name),
            "event": event.title,
            "occasion": ", ".join(part for part in (event.title, starts, place) if part),
            "when": self.when(),
            "where": place_of(event),
        }

    def when(self) -> str:
        return self.tongue.span(self.event.starts_at, self.event.ends_at, self.event.timezone)

    def written(self, kind: TextKind, values: Values, wording: MailWording | None = None) -> Mail:
        """Write it in this wording, by default the event's own or else ours."""
        chosen = wording or self._own(kind) or default_wording(kind, self.tongue.language)
        because = self.tongue.say(KINDS[kind].because, event=self.event.title)
        return rendered(self.to, self.tongue, chosen, values, title=self.event.title, because=because)

    def _own(self, kind: TextKind) -> MailWording | None:
        """Return the event's own wording, if it asks for nothing that this kind does not have."""
        text = self.desk.catalog.mail_texts.get((kind, self.tongue.language))
        if text is None or placeholders(text.subject + text.text) - KINDS[kind].placeholders:
            return None
        return text.wording


def greeting(tongue: Tongue, name: str) -> str:
    """Greet by name; an address in its place is none."""
    return tongue.say("hello", name=name) if name and "@" not in name else tongue.say("hello_all")


def glance(letter: Letter, *rows: tuple[str, str]) -> Details:
    """Return facts at a glance, and under them when and where the event is."""
    say = letter.tongue.say
    shown = [*rows, (say("label_when"), letter.when()), (say("label_where"), place_of(letter.event))]
    return Details([row for row in shown if row[1]])


def place_of(event: Event) -> str:
    """Say where an event is, in one line; nothing when that is not known."""
    if event.venue is None:
        return ""
    lines = [event.venue.name, *event.venue.address.splitlines()]
    return ", ".join(line.strip() for line in lines if line.strip())


def rendered(
    to: str, tongue: Tongue, wording: MailWording, values: Values, *, title: str, because: str
) -> Mail:
    """Put values into a wording. What they hold is shown as it is, never read as a placeholder or HTML."""
    blocks = [block for part in _EMPTY_LINE.split(wording.text.strip()) for block in _blocks(part, values)]
    subject = " ".join("".join(map(_said, _parts(wording.subject, values))).split())
    told = [_said_by(block) for block in blocks if isinstance(block, Paragraph)]
    page = Page(
        language=tongue.language,
        subject=subject,
        title=title,
        blocks=blocks,
        because=because,
        colon=tongue.say("colon"),
        preheader=next((said for said in told if said != values.get("greeting")), ""),
    )
    return Mail(to, subject, as_text(page), as_html(page))


def _blocks(part: str, values: Values) -> Iterator[Block]:
    alone = _PLACEHOLDER.fullmatch(part.strip())
    value = values[alone[1]] if alone else None
    if isinstance(value, str):
        yield from (Paragraph([text]) for text in _EMPTY_LINE.split(value.strip()) if text)
    elif value is not None:
        yield value
    else:
        yield Paragraph(_parts(part, values))


def _parts(text: str, values: Values) -> list[str | Link]:
    """Put values into a line of text; a link stays one."""
    parts: list[str | Link] = []
    for at, part in enumerate(_PLACEHOLDER.split(text)):
        value = values[part] if at % 2 else part
        parts.append(value if isinstance(value, str | Link) else _in_a_line(value))
    return [part for part in parts if part]


def _in_a_line(value: Details | Choices) -> str:
    if isinstance(value, Details):
        return ", ".join(told for _, told in value.rows)
    return ", ".join(link.url for link in value.links)


def _said(part: str | Link) -> str:
    return part if isinstance(part, str) else part.url


def _said_by(paragraph: Paragraph) -> str:
    return "".join(map(_said, paragraph.parts))
