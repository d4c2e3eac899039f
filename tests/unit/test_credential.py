"""Credentials: short, verifiable without a network, and nothing else passes for one."""

from random import Random

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from admit import ids
from admit.badges.draw import draw_badge, draw_qr
from admit.catalog.event import Event, EventStatus, InvoicePolicy, Venue
from admit.people.person import Holder
from admit.stock.stock import Stock
from admit.tickets.badge import face_of
from admit.tickets.credential import Credential, NotACredential, OtherEvent, Signer, read_credential
from admit.tickets.ticket import MOST_REVISIONS, Ticket
from tests.builders import NOW, later

SIGNER = Signer("a secret", "event-1")
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def a_credential(number: int = 1, revision: int = 0, key: str = "key") -> Credential:
    return Credential(ids.order_id("event-1", key), number, revision)


def read(text: str) -> Credential:
    return read_credential(text, SIGNER.public_key, "event-1")


@pytest.mark.parametrize(("number", "revision"), [(1, 0), (65_535, 0), (7, MOST_REVISIONS - 1)])
def test_a_credential_reads_back_as_it_was_signed(number: int, revision: int) -> None:
    credential = a_credential(number, revision)

    text = SIGNER.sign(credential)

    assert len(text) == 114
    assert set(text) <= set(ALPHABET)
    assert read(text) == credential


def test_the_same_secret_and_event_give_the_same_key_and_another_event_another() -> None:
    assert Signer("a secret", "event-1").public_key == SIGNER.public_key
    assert Signer("a secret", "event-2").public_key != SIGNER.public_key
    assert Signer("b secret", "event-1").public_key != SIGNER.public_key


def test_no_random_or_damaged_text_is_read() -> None:
    random = Random(5)
    good = SIGNER.sign(a_credential())
    for _ in range(3_000):
        characters = list(good)
        for _ in range(random.randrange(1, 4)):
            characters[random.randrange(114)] = random.choice(ALPHABET)
        text = "".join(characters)
        if text != good:
            with pytest.raises(NotACredential):
                read(text)
    for length in (0, 1, 113, 115, 114):
        with pytest.raises(NotACredential):
            read("".join(random.choices(ALPHABET + "äa\n", k=length)))


def test_a_credential_of_another_event_says_so_without_its_key() -> None:
    text = Signer("a secret", "event-2").sign(Credential(ids.order_id("event-2", "key"), 1, 0))

    with pytest.raises(OtherEvent):
        read(text)


def test_a_credential_signed_for_this_event_with_another_key_does_not_hold() -> None:
    with pytest.raises(NotACredential) as refused:
        read(Signer("b secret", "event-1").sign(a_credential()))
    assert not isinstance(refused.value, OtherEvent)


def an_event_record(**overrides: object) -> Event:
    fields: dict[str, object] = {
        "id": "event-1",
        "organizer_id": "organizer-1",
        "slug": "northern-lights",
        "title": "Northern Lights Conference",
        "status": EventStatus.PUBLISHED,
        "timezone": "Europe/Oslo",
        "currency": "EUR",
        "starts_at": NOW,
        "ends_at": later(60),
        "venue": Venue(name="Grieghallen"),
        "hold_minutes": 10,
        "invoice_policy": InvoicePolicy.ON_PAYMENT,
        "invoice_days": 14,
        "public_key": SIGNER.public_key,
        "stock": Stock.opened("event-1", None),
        "request_hash": "x",
        "created_at": NOW,
    }
    return Event.model_validate(fields | overrides)


def decoded(png: bytes) -> str:
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(picture)
    return text


def test_the_drawn_code_is_read_by_an_independent_decoder() -> None:
    for number in range(1, 11):
        text = SIGNER.sign(a_credential(number))
        assert decoded(draw_qr(text)) == text


@pytest.mark.parametrize(
    "holder",
    [
        None,
        Holder(email="a@b.example", name="Li"),
        Holder(
            email="a@b.example",
            name="Wolfeschlegelsteinhausenbergerdorff " * 3,
            company="Æ" * 120,
            title="T" * 120,
        ),
        Holder(email="a@b.example", name="w " * 60, company="W" * 120, title="m " * 60),
    ],
)
def test_the_badge_carries_the_code_whatever_the_name(holder: Holder | None) -> None:
    text = SIGNER.sign(a_credential())
    ticket = Ticket(
        order_id=a_credential().order_id,
        number=1,
        event_id="event-1",
        shard=0,
        tier_id="tier-1",
        tier_title="Two-day pass",
        holder=holder,
        event_ends_at=NOW,
        buyer_email="b@b.example",
    )

    for event in (an_event_record(), an_event_record(title="W " * 60, venue=Venue(name="V" * 200))):
        assert decoded(draw_badge(face_of(ticket, event, text))) == text


@pytest.mark.parametrize("name", ["a\nb", "a\u2028b", "a\u2029b", "a\x00b", "a\tb", "\x1b[2J"])
def test_a_name_is_one_line(name: str) -> None:
    with pytest.raises(ValidationError):
        Holder(email="a@b.example", name=name)
