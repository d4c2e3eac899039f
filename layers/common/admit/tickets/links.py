"""Addresses that carry what they need. Keys are derived from one secret and stored nowhere.

An order's key stays with the order; a ticket's key changes with its revision, so that a former holder's
address dies with the change. A proof of an e-mail address says itself until when it holds.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

from admit.errors import Unauthenticated
from admit.ids import normal_email


class Credentialed(Protocol):
    """A ticket of a revision."""

    @property
    def id(self) -> str: ...

    @property
    def revision(self) -> int: ...


@dataclass(frozen=True)
class Links:
    secret: str
    api_url: str
    site_url: str
    apple_wallet: bool = False
    """Whether passes for Apple Wallet are made."""
    google_wallet: bool = False

    def order_key(self, order_id: str) -> str:
        return self._key("order", order_id)

    def ticket_key(self, ticket_id: str, revision: int) -> str:
        return self._key("ticket", f"{ticket_id}\x1f{revision}")

    def waiting_key(self, entry_id: str, offers: int) -> str:
        """The key of a place on a waiting list after so many offers.

        The first one is told to who joins. That of an offer is mailed only: who accepts with it reads the
        mail of the address.
        """
        return self._key("waiting", f"{entry_id}\x1f{offers}")

    def transfer_key(self, code: str) -> str:
        """The key of an offer of a ticket; it is mailed only, so that who has it reads that mailbox."""
        return self._key("transfer", code)

    def require_transfer_key(self, code: str, key: str) -> None:
        """Raise Unauthenticated unless the key is that of this offer of a ticket."""
        _require(key, self.transfer_key(code))

    def transfer_page(self, code: str) -> str:
        """The page where an offer of a ticket is accepted or declined."""
        return f"{self.site_url}/transfers/{code}#key={self.transfer_key(code)}"

    def claim_key(self, link_id: str) -> str:
        return self._key("claim", link_id)

    def require_claim_key(self, link_id: str, key: str) -> None:
        """Raise Unauthenticated unless the key is that of this claim link."""
        _require(key, self.claim_key(link_id))

    def claim_page(self, link_id: str) -> str:
        """The page where who has the link takes a ticket."""
        return f"{self.site_url}/claims/{link_id}#key={self.claim_key(link_id)}"

    def email_proof(self, event_id: str, email: str, until: datetime) -> str:
        """Return what proves to one event, until a time, that its bearer reads the mail of an address.

        It is `expires.key`: Unix seconds, and a key over them, the event and the address.
        """
        return self._email_proof(event_id, email, str(int(until.timestamp())))

    def proven(self, event_id: str, email: str, proof: str, now: datetime) -> bool:
        """Say whether a proof is that of this address for this event, and holds at `now`."""
        expires = proof.partition(".")[0]
        # False for a proof of something else, or a changed one: then its time is nobody's word.
        ours = hmac.compare_digest(proof.encode(), self._email_proof(event_id, email, expires).encode())
        return ours and now.timestamp() < int(expires)

    def require_waiting_key(self, entry_id: str, offers: int, key: str) -> None:
        """Raise Unauthenticated unless the key is the present one of this place on a waiting list."""
        _require(key, self.waiting_key(entry_id, offers))

    def require_order_key(self, order_id: str, key: str) -> None:
        """Raise Unauthenticated unless the key is this order's."""
        _require(key, self.order_key(order_id))

    def require_ticket_key(self, ticket: Credentialed, key: str) -> None:
        """Raise Unauthenticated unless the key is that of the ticket's present revision."""
        _require(key, self.ticket_key(ticket.id, ticket.revision))

    def order_page(self, order_id: str) -> str:
        """The order's page for people, with its key where no server logs it."""
        return f"{self.site_url}/orders/{order_id}#key={self.order_key(order_id)}"

    def ticket_page(self, ticket: Credentialed) -> str:
        return f"{self.site_url}/tickets/{ticket.id}#key={self.ticket_key(ticket.id, ticket.revision)}"

    def work_page(self) -> str:
        """Where members of an account begin."""
        return f"{self.site_url}/work"

    def event_page(self, slug: str) -> str:
        return f"{self.site_url}/e/{slug}"

    def proven_event_page(self, slug: str, event_id: str, email: str, until: datetime) -> str:
        """The event's page as its reader whose address is proven sees it, until a time."""
        proof = self.email_proof(event_id, email, until)
        return f"{self.event_page(slug)}#email={quote(normal_email(email), safe='')}&proof={proof}"

    def waiting_page(self, slug: str, entry_id: str, offers: int) -> str:
        """The page where an offer to somebody on the waiting list is accepted or refused."""
        return f"{self.event_page(slug)}/waiting/{entry_id}#key={self.waiting_key(entry_id, offers)}"

    def document(self, order_id: str, number: str) -> str:
        """An address of an invoice or credit note that a plain link can open, and that opens nothing else."""
        key = self._document_key(order_id, number)
        return f"{self.api_url}/public/orders/{order_id}/documents/{number}?key={key}"

    def require_document_key(self, order_id: str, number: str, key: str) -> None:
        """Raise Unauthenticated unless the key is that of this document."""
        _require(key, self._document_key(order_id, number))

    def picture(self, ticket: Credentialed, name: str, *, to_holder: bool = True) -> str:
        """An address that a plain image element can load; it answers with one that lives a minute.

        By one that is shown to others than who has the ticket, nobody downloads it.
        """
        key = self.ticket_key(ticket.id, ticket.revision)
        look = "" if to_holder else "&look=true"
        return f"{self.api_url}/public/tickets/{ticket.id}/{name}?key={key}{look}"

    def calendar(self, ticket: Credentialed) -> str:
        """The address of a ticket's calendar file."""
        return self.picture(ticket, "calendar.ics")

    def apple_pass(self, ticket: Credentialed) -> str | None:
        """The address that answers with a ticket's pass for Apple Wallet, if such passes are made."""
        return self.picture(ticket, "apple.pkpass") if self.apple_wallet else None

    def google_pass(self, ticket: Credentialed) -> str | None:
        """The address that leads to where a ticket is saved to Google Wallet, if such passes are made."""
        return self.picture(ticket, "google-wallet") if self.google_wallet else None

    @property
    def pass_service(self) -> str:
        """Where devices ask how the passes that they have stand."""
        return f"{self.api_url}/wallet"

    def pass_token(self, serial: str) -> str:
        """What a pass carries to prove that it is this one; it lasts as long as the pass, void or not."""
        return self._key("pass", serial)

    def require_pass_token(self, serial: str, authorization: str) -> None:
        """Raise Unauthenticated unless a header `ApplePass <token>` has the token of this pass."""
        scheme, _, token = authorization.partition(" ")
        if scheme != "ApplePass":
            raise Unauthenticated
        _require(token, self.pass_token(serial))

    def _document_key(self, order_id: str, number: str) -> str:
        return self._key("document", f"{order_id}\x1f{number}")

    def _email_proof(self, event_id: str, email: str, expires: str) -> str:
        return f"{expires}.{self._key('email', f'{event_id}\x1f{normal_email(email)}\x1f{expires}')}"

    def _key(self, kind: str, name: str) -> str:
        return hmac.digest(self.secret.encode(), f"{kind} key\x1f{name}".encode(), "sha256")[:20].hex()


def _require(given: str, right: str) -> None:
    if not hmac.compare_digest(given.encode(), right.encode()):
        raise Unauthenticated
