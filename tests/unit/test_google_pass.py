"""Passes for Google Wallet: the link carries the event and the ticket, signed by the organizer's account."""

from typing import Any

import jwt
import pytest

from admit.errors import WrongState
from admit.passes.code import pass_code
from admit.passes.content import new_pass
from admit.passes.google import GooglePasses
from admit.tickets.credential import Signer, read_credential
from admit.tickets.ticket import Ticket, TicketStatus
from tests.builders import NOW, SIGNING_SECRET
from tests.wallets import ISSUER, ORDER_ID, SEAT, a_ticket, an_event, google_public_key, google_secret

SAVE = "https://pay.google.com/gp/v/save/"
SIGNER = Signer(SIGNING_SECRET, "event-1")


def link(ticket: Ticket | None = None, **event: Any) -> str:
    secret = google_secret()
    google = GooglePasses(issuer_id=secret.issuer_id, service_account=secret.service_account, key=secret.key)
    made = new_pass(ticket or a_ticket(), an_event(**event))
    return google.save_url(made.content, pass_code(SIGNER, made), NOW)


def claims(url: str) -> Any:
    """Read the link as Google does: with the account's public key."""
    assert url.startswith(SAVE)
    options: Any = {"verify_iat": False}
    return jwt.decode(
        url.removeprefix(SAVE), google_public_key(), ["RS256"], audience="google", options=options
    )


def test_the_link_is_signed_by_the_account() -> None:
    read = claims(link())
    assert (read["iss"], read["aud"], read["typ"]) == ("admit@project.example", "google", "savetowallet")
    assert read["iat"] == int(NOW.timestamp())


def test_a_changed_link_is_not_the_accounts() -> None:
    head, payload, signature = link().removeprefix(SAVE).split(".")
    other = "A" if payload[40] != "A" else "B"
    with pytest.raises(jwt.InvalidTokenError):
        claims(f"{SAVE}{head}.{payload[:40]}{other}{payload[41:]}.{signature}")


def test_the_link_carries_the_event_and_the_ticket() -> None:
    payload = claims(link())["payload"]
    [event], [ticket] = payload["eventTicketClasses"], payload["eventTicketObjects"]
    assert event["id"] == ticket["classId"] == f"{ISSUER}.event-1"
    assert event["eventName"]["defaultValue"] == {"language": "en", "value": "Northern Lights Conference"}
    assert event["dateTime"] == {"start": "2027-06-03T09:00+02:00", "end": "2027-06-04T17:00+02:00"}
    assert event["venue"]["name"]["defaultValue"]["value"] == "Ishavskatedralen"
    assert event["reviewStatus"] == "UNDER_REVIEW"
    assert ticket["state"] == "ACTIVE"
    assert ticket["ticketHolderName"] == "Kari Nordmann"
    assert ticket["ticketType"]["defaultValue"]["value"] == "Two-day pass"
    read = read_credential(ticket["barcode"]["value"], an_event().public_key, "event-1")
    assert (read.ticket_id, read.revision) == (f"{ORDER_ID}-1", 0)


def test_the_link_carries_the_seat() -> None:
    [ticket] = claims(link(a_ticket(seat=SEAT)))["payload"]["eventTicketObjects"]
    assert ticket["seatInfo"]["seat"]["defaultValue"]["value"] == "Stalls, Row 12, 7"


def test_a_new_revision_is_another_object_since_google_keeps_the_one_it_has() -> None:
    first, second = (
        claims(link(a_ticket(revision=revision)))["payload"]["eventTicketObjects"][0] for revision in (0, 1)
    )
    assert first["id"] != second["id"]
    assert first["barcode"] != second["barcode"]


def test_an_event_without_an_address_has_no_venue_which_google_would_refuse() -> None:
    event = claims(link(venue={"name": "Online"}))["payload"]["eventTicketClasses"][0]
    assert "venue" not in event


def test_an_ordinary_link_is_as_short_as_google_asks() -> None:
    assert len(link().removeprefix(SAVE)) <= 1_800
    assert len(link(a_ticket(seat=SEAT)).removeprefix(SAVE)) <= 1_800


def test_a_ticket_that_is_not_valid_gets_no_link() -> None:
    with pytest.raises(WrongState):
        link(a_ticket(status=TicketStatus.CANCELLED))
