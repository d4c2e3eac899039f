"""Texts of mails: each kind in each language can be read, and an event may word it otherwise."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from admit.catalog.event import Venue
from admit.catalog.mail_text import MailText, MailWording, MailWordingPatch
from admit.errors import Invalid
from admit.mail.account_mails import member_mail
from admit.mail.kinds import BLOCKS, KINDS, OF_EVENTS, TextKind, default_wording
from admit.mail.layout import Choices, Details, Link
from admit.mail.letter import Desk, Values, greeting, rendered
from admit.mail.mails import AboutOrder, Mail, MailKind
from admit.mail.order_mails import order_mail
from admit.mail.preview import preview, samples
from admit.mail.texts import MailLanguage, mail_text, mail_texts, require_sound
from admit.mail.tongue import Tongue
from admit.messages import LANGUAGES
from admit.money import Money
from admit.orders.order import OrderStatus
from admit.people.account import Member, Organizer, Role
from tests.builders import NOW, a_buyer, a_card_order
from tests.mail_world import KARI, LINKS, a_desk, an_event

VOID = {"meta", "br"}
VENUE = Venue(name="Oslo Spektrum", address="Sonja Henies plass 2\n0185 Oslo")


class Reader(HTMLParser):
    """Reads a mail as a strict mail program would: every element is closed in its turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())

    @property
    def links(self) -> list[str | None]:
        return [attributes["href"] for tag, attributes in self.seen if tag == "a"]


def sentences(text: str) -> list[str]:
    """Return the lines of a plain text without the addresses and colons that HTML has otherwise."""
    lines = (re.sub(r"https?://\S+", "", line) for line in text.splitlines())
    parts = [part for line in lines for part in re.split(r"\s?: |\s?:$", line.strip())]
    return [part for part in parts if part not in ("", "--")]


def a_mail(kind: TextKind, language: str, **event: Any) -> Mail:
    desk = a_desk(an_event(venue=VENUE, **event))
    letter = desk.letter(KARI, language)
    if kind is TextKind.LOST_LINKS:
        links = Choices([Link("A ticket", "https://site.example/tickets/1#key=1")])
        values: Values = {"greeting": greeting(letter.tongue, ""), "links": links}
        return rendered(KARI, letter.tongue, default_wording(kind, language), values, title="T", because="B")
    if kind is TextKind.MEMBER_ADDED:
        organizer = Organizer(id="o1", name="Northern Lights", created_at=NOW)
        member = Member(
            organizer_id="o1", email=KARI, role=Role.DOOR, added_by="ola@polar.example", language=language
        )
        return member_mail(member, organizer, desk.links)
    return letter.written(kind, samples(letter, kind))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", TextKind)
def test_each_mail_reads_the_same_as_html_and_as_text(kind: TextKind, language: str) -> None:
    mail = a_mail(kind, language)

    read = Reader(mail.html)
    written = "rtl" if language == "ar" else "ltr"
    assert read.seen[0][1].items() >= {"lang": language, "dir": written}.items()
    # Mail programs take the page out of its html element: what is in it has to say it, too.
    assert {one["dir"] for tag, one in read.seen if tag == "table" and "dir" in one} == {written}
    assert "{" not in mail.subject + mail.text + read.text
    assert "\n" not in mail.subject
    assert [one for one in sentences(mail.text) if " ".join(one.split()) not in read.text] == []
    assert set(read.links) == set(re.findall(r"https?://\S+", mail.text))
    assert bool(read.links) is (KINDS[kind].has_link or kind is TextKind.LOST_LINKS)
    assert len(mail.html) < 100_000  # Gmail cuts off what is behind 102 KB


@pytest.mark.parametrize("kind", TextKind)
def test_a_mail_loads_nothing_from_anywhere(kind: TextKind) -> None:
    html = a_mail(kind, "en").html
    assert not re.search(r"<img|<link|<script|@import|url\(|src=", html)


def test_names_and_titles_are_shown_as_they_are() -> None:
    mail = a_mail(TextKind.TICKET_ASSIGNED, "en", title="Fish & <b>Chips</b> {link} $title")
    read = Reader(mail.html)
    assert "Fish & <b>Chips</b> {link} $title" in read.text
    assert "b" not in [tag for tag, _ in read.seen]
    assert "Fish & <b>Chips</b> {link} $title" in mail.subject


def test_the_inbox_shows_what_comes_after_the_greeting() -> None:
    hidden = re.findall(r"mso-hide:all;\">([^&]*)", a_mail(TextKind.TICKET_CANCELLED, "en").html)
    assert hidden[0].startswith("Your ticket (")


def test_a_ticket_is_mailed_with_all_that_one_needs_to_get_there() -> None:
    text = a_mail(TextKind.TICKET_ASSIGNED, "nb").text
    assert "Når: 3. juni 2027 kl. 09:00 til 4. juni 2027 kl. 17:00\n" in text
    assert "Hvor: Oslo Spektrum, Sonja Henies plass 2, 0185 Oslo\n" in text
    assert "Åpne billetten: https://" in text
    assert "Legg til i kalenderen: https://" in text


@pytest.mark.parametrize(
    ("tag", "money", "time"),
    [
        ("en", "€1,250.00", "1 March 2027, 13:00"),
        ("en-US", "€1,250.00", "March 1, 2027, 1:00 PM"),
        ("de", "1.250,00 €", "1. März 2027, 13:00 Uhr"),
        ("de-CH", "EUR 1’250.00", "1. März 2027, 13:00 Uhr"),
        ("fr", "1 250,00 €", "1 mars 2027 à 13:00"),
        ("no", "1 250,00 €", "1. mars 2027 kl. 13:00"),
        ("de-ZZ", "1.250,00 €", "1. März 2027, 13:00 Uhr"),
        ("pt-BR", "€1,250.00", "1 March 2027, 13:00"),
    ],
)
def test_amounts_and_times_are_written_as_where_the_reader_lives(tag: str, money: str, time: str) -> None:
    tongue = Tongue(tag)
    written = tongue.money(Money(amount=125_000, currency="EUR"))
    assert " ".join(written.split()) == money
    assert " ".join(tongue.time(NOW, "Europe/Oslo").split()) == time


def test_amounts_without_cents_have_none() -> None:
    assert Tongue("en").money(Money(amount=1_250, currency="JPY")) == "JP¥1,250"


def test_something_within_a_day_names_the_day_once() -> None:
    desk = a_desk(an_event(ends_at=an_event().starts_at.replace(hour=15)))
    assert desk.letter(KARI, "de").when() == "3. Juni 2027, 09:00 bis 17:00 Uhr"


# --- whose language ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("buyer", "event", "subject"),
    [
        ("de-AT", "fr", "Ihre Tickets für"),
        (None, "fr", "Vos billets pour"),
        (None, "pt", "Your tickets for"),
        ("nn", "en", "Billettene dine til"),
    ],
)
def test_a_buyer_reads_his_language_or_else_the_events(buyer: str | None, event: str, subject: str) -> None:
    order = a_card_order(status=OrderStatus.FULFILLED, buyer=a_buyer(language=buyer))
    request = AboutOrder(kind=MailKind.TICKETS_READY, order_id=order.id)
    mail = order_mail(request, order, a_desk(an_event(language=event)))
    assert mail is not None
    assert mail.subject.startswith(subject)


# --- an event's own wording -------------------------------------------------------------------------------


def own_text(kind: TextKind, language: str = "en", **wording: str) -> dict[tuple[str, str], MailText]:
    said = {"subject": "Welcome to {event}", "text": "Dear {name},\n\ncome!\n\n{link}"} | wording
    text = MailText(
        event_id="event-1",
        mail_kind=kind,
        language=language,
        changed_by="mona@polar.example",
        changed_at=NOW,
        **said,
    )
    return {(kind, language): text}


def ready(desk: Desk, language: str = "en") -> Mail:
    order = a_card_order(status=OrderStatus.FULFILLED, buyer=a_buyer(language=language, name="Kari <i>"))
    mail = order_mail(AboutOrder(kind=MailKind.TICKETS_READY, order_id=order.id), order, desk)
    assert mail is not None
    assert LINKS.order_page(order.id) in mail.text
    assert LINKS.order_page(order.id) in Reader(mail.html).links
    return mail


def test_an_event_words_a_mail_in_one_language_and_the_others_stay() -> None:
    desk = a_desk(mail_texts=own_text(TextKind.TICKETS_READY))
    own = ready(desk)
    assert own.subject == "Welcome to Northern Lights Conference"
    assert own.text.startswith("Dear Kari <i>,\n\ncome!\n\nOpen your tickets: https://")
    assert "Dear Kari &lt;i&gt;," in own.html
    assert ready(desk, "de").subject == "Ihre Tickets für Northern Lights Conference"


def test_html_in_a_wording_is_shown_as_text() -> None:
    texts = own_text(TextKind.TICKETS_READY, text="<script>x</script> here: {link}")
    read = Reader(ready(a_desk(mail_texts=texts)).html)
    assert "<script>x</script> here:" in read.text


def test_a_wording_that_asks_for_what_is_no_more_gives_way_to_ours() -> None:
    texts = own_text(TextKind.TICKETS_READY, text="{gone} {link}")
    assert ready(a_desk(mail_texts=texts)).subject.startswith("Your tickets for")


@pytest.mark.parametrize(
    ("wording", "field", "message"),
    [
        ({"text": "Hello {nmae} {link}"}, "text", "has {nmae}, which this mail does not; it has {amount}"),
        ({"text": "Hello {Name} {link}"}, "text", "has {Name}"),
        ({"text": "{name.__class__} {link}"}, "text", "has {name.__class__}"),
        ({"subject": "See {link}"}, "subject", "has {link}, which this mail does not"),
        ({"text": "Hello {name}"}, "text", "must hold {link}"),
    ],
)
def test_a_wording_is_refused_that_could_not_be_filled(
    wording: dict[str, str], field: str, message: str
) -> None:
    sound = {"subject": "Paid", "text": "Hello {name}\n\n{link}"}
    with pytest.raises(Invalid) as refused:
        require_sound(TextKind.PAYMENT_RECEIVED, MailWording(**sound | wording))
    [fault] = refused.value.faults
    assert (fault.field, fault.message[: len(message)]) == (field, message)


def test_a_mail_without_a_link_needs_none() -> None:
    require_sound(TextKind.TICKET_TAKEN_BACK, MailWording(subject="Gone", text="Your ticket went back."))


@pytest.mark.parametrize("kind", OF_EVENTS)
def test_every_default_would_be_taken_as_an_own_wording(kind: TextKind) -> None:
    for language in MailLanguage:
        require_sound(kind, default_wording(kind, language))


@pytest.mark.parametrize("kind", OF_EVENTS)
def test_there_is_a_sample_for_all_that_a_mail_can_put_in(kind: TextKind) -> None:
    values = samples(a_desk(an_event(venue=VENUE)).letter(KARI), kind)
    assert values.keys() == KINDS[kind].placeholders
    lines = {name for name, value in values.items() if isinstance(value, str)} - BLOCKS
    assert [name for name in lines if "\n" in str(values[name])] == []
    blocks = {name for name, value in values.items() if isinstance(value, Details | Link)}
    assert blocks <= BLOCKS


def test_a_list_of_texts_says_which_are_the_events_own() -> None:
    catalog = a_desk(an_event(language="de"), mail_texts=own_text(TextKind.WHITELISTED, "de")).catalog
    listed = {view.kind: view for view in mail_texts(catalog, None)}
    own = listed[TextKind.WHITELISTED]
    assert list(listed) == OF_EVENTS
    assert {view.language for view in listed.values()} == {"de"}
    assert [kind for kind, view in listed.items() if view.own] == [TextKind.WHITELISTED]
    assert (own.subject, own.default.subject[:12], own.changed_by) == (
        "Welcome to {event}",
        "Sie können j",
        "mona@polar.example",
    )
    assert own.link_required
    assert "tier" in own.placeholders


def test_a_mail_about_no_event_has_no_text_of_an_event() -> None:
    with pytest.raises(Invalid):
        mail_text(a_desk().catalog, TextKind.LOST_LINKS, MailLanguage.EN)


def test_a_preview_shows_a_wording_before_it_is_kept() -> None:
    catalog = a_desk().catalog
    tried = preview(catalog, TextKind.TICKETS_READY, MailLanguage.FR, MailWordingPatch(subject="Oui, {name}"))
    assert tried.subject == "Oui, Kari Nordmann"
    assert "Vos billets pour Northern Lights Conference sont prêts." in tried.text
    with pytest.raises(Invalid):
        preview(catalog, TextKind.TICKETS_READY, MailLanguage.FR, MailWordingPatch(text="Oui"))
