"""How a mail looks: one layout for all, as HTML and as plain text that says the same.

Tables and inline styles, since that is what mail programs understand; nothing is loaded from anywhere.
"""

from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import NamedTuple

from admit.messages import direction

_LAYOUT = Path(__file__).with_name("layout.html")
_FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_SAID = f"margin:16px 0 0 0;{_FONT};font-size:16px;line-height:1.55;color:#2a2f36"


class Link(NamedTuple):
    """Where a reader can go; in a paragraph of its own it is a button."""

    label: str
    url: str


class Details(NamedTuple):
    """Facts at a glance: labels and values."""

    rows: Sequence[tuple[str, str]]


class Choices(NamedTuple):
    """Several links, one below the other."""

    links: Sequence[Link]


class Paragraph(NamedTuple):
    """Text, with links within it. A line that ends stays ended."""

    parts: Sequence[str | Link]


type Block = Paragraph | Link | Details | Choices


class Page(NamedTuple):
    """What a mail shows."""

    language: str
    subject: str
    title: str
    blocks: Sequence[Block]
    because: str
    colon: str
    """After a label: some languages set it apart."""
    preheader: str = ""
    """What an inbox shows beside the subject."""


def as_text(page: Page) -> str:
    told = [_text(block, page.colon) for block in page.blocks]
    return "\n\n".join([*told, f"-- \n{page.because}"]) + "\n"


def as_html(page: Page) -> str:
    first = next((at for at, block in enumerate(page.blocks) if isinstance(block, Link)), None)
    body = "\n".join(_html(block, first=at == first) for at, block in enumerate(page.blocks))
    shown = {name: escape(getattr(page, name)) for name in ("language", "subject", "title", "because")}
    preheader = escape(page.preheader)
    return _layout().substitute(shown, direction=direction(page.language), body=body, preheader=preheader)


@cache
def _layout() -> Template:
    return Template(_LAYOUT.read_text("utf-8"))


def _text(block: Block, colon: str) -> str:
    match block:
        case Paragraph():
            return "".join(part if isinstance(part, str) else part.url for part in block.parts)
        case Link():
            return f"{block.label}{colon} {block.url}"
        case Details():
            return "\n".join(f"{label}{colon} {value}" for label, value in block.rows)
        case Choices():
            return "\n\n".join(f"{link.label}{colon}\n{link.url}" for link in block.links)


def _html(block: Block, *, first: bool) -> str:
    match block:
        case Paragraph():
            said = "".join(
                escape(part).replace("\n", "<br>") if isinstance(part, str) else _anchor(part)
                for part in block.parts
            )
            return f'<p class="said" style="{_SAID}">{said}</p>'
        case Link():
            return _button(block) if first else f'<p class="said plain" style="{_SAID}">{_anchor(block)}</p>'
        case Details():
            return _facts(block)
        case Choices():
            return "\n".join(
                f'<p class="said plain" style="{_SAID}">{_anchor(link)}</p>' for link in block.links
            )


def _anchor(link: Link) -> str:
    return f'<a href="{escape(link.url)}" style="color:#1f5fd0">{escape(link.label)}</a>'


def _button(link: Link) -> str:
    shape = f"display:inline-block;padding:13px 26px;{_FONT};font-size:16px;font-weight:600"
    return (
        '<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:24px 0 8px 0">'
        '<tr><td class="button" bgcolor="#1f5fd0" style="border-radius:8px;background:#1f5fd0">'
        f'<a href="{escape(link.url)}" style="{shape};line-height:1.2;color:#ffffff;text-decoration:none">'
        f"{escape(link.label)}</a></td></tr></table>"
    )


def _facts(details: Details) -> str:
    cell = f"{_FONT};font-size:15px;line-height:1.5;vertical-align:top"
    rows = "".join(
        f'<tr><td class="label" style="padding:4px 8px;{cell};color:#5c6570;white-space:nowrap">'
        f'{escape(label)}</td><td class="value" style="padding:4px 8px;{cell};color:#16191d;font-weight:600">'
        f"{escape(value)}</td></tr>"
        for label, value in details.rows
    )
    return (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" '
        'style="margin:20px 0 4px 0"><tr><td class="facts" style="padding:12px 10px;background:#f4f6f8;'
        f'border-radius:8px"><table role="presentation" cellpadding="0" cellspacing="0" border="0">{rows}'
        "</table></td></tr></table>"
    )
