"""The pass of a ticket for Google Wallet: a link that carries all of it, signed by the organizer's account.

Google makes the class of the event and the object of the ticket from the link when somebody follows it and
saves the pass; one that it has already stays as it is. So an object is of one revision of its ticket, as the
code in it is. A link says little, since Google asks for a token of 1,800 characters at most. Sources:
https://developers.google.com/wallet/reference/rest/v1/Jwt, .../eventticketclass and .../eventticketobject.
"""

from datetime import datetime
from typing import Any

import jwt

from admit.passes.content import PassContent

_SAVE = "https://pay.google.com/gp/v/save/"


class GooglePasses:
    """Signs links for one issuer; `key` is the PEM of its service account."""

    def __init__(self, *, issuer_id: str, service_account: str, key: str) -> None:
        self._issuer_id = issuer_id
        self._service_account = service_account
        self._key = key

    def save_url(self, content: PassContent, credential: str, now: datetime) -> str:
        """Return the link by which somebody puts the pass with this code into his wallet."""
        claims = {
            "iss": self._service_account,
            "aud": "google",
            "typ": "savetowallet",
            "iat": int(now.timestamp()),
            "payload": {
                "eventTicketClasses": [self._class(content)],
                "eventTicketObjects": [self._object(content, credential)],
            },
        }
        return _SAVE + jwt.encode(claims, self._key, "RS256")

    def _class(self, content: PassContent) -> dict[str, Any]:
        # Google takes a venue with a name and an address only.
        venue = content.venue
        return {
            "id": self._class_id(content),
            "issuerName": content.seller,
            "reviewStatus": "UNDER_REVIEW",
            "eventName": _text(content, content.event_title),
            "dateTime": {"start": content.local(content.starts_at), "end": content.local(content.ends_at)},
            **(
                {"venue": {"name": _text(content, venue.name), "address": _text(content, venue.address)}}
                if venue and venue.address
                else {}
            ),
        }

    def _object(self, content: PassContent, credential: str) -> dict[str, Any]:
        # Section, row and seat in fields of their own would make the link too long, so one says all. The pass
        # leaves a wallet a day after its own end, and without one three days after that of its class:
        # https://developers.google.com/wallet/tickets/events/use-cases/expired-passes.
        ends_or_seat: dict[str, Any] = {
            "validTimeInterval": {"end": {"date": content.local(content.ends_at)}}
        }
        if place := content.seat:
            named = ", ".join(part for part in (place.section, place.row, place.label) if part)
            ends_or_seat = {"seatInfo": {"seat": _text(content, named)}}
        return {
            "id": f"{self._issuer_id}.{content.serial}",
            "classId": self._class_id(content),
            "state": "ACTIVE",
            "ticketType": _text(content, content.tier_title),
            **ends_or_seat,
            "barcode": {"type": "QR_CODE", "value": credential, "alternateText": content.code},
            **({"ticketHolderName": content.holder_name} if content.holder_name else {}),
        }

    def _class_id(self, content: PassContent) -> str:
        return f"{self._issuer_id}.{content.event_id}"


def _text(content: PassContent, value: str) -> dict[str, Any]:
    return {"defaultValue": {"language": content.language, "value": value}}
