"""What can go wrong, one class a case. `aws/http.py` holds the one table from these kinds to HTTP statuses.

Every error has a stable `code`, a sentence that says what to do, and, where input is at fault, the fields.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple


class Fault(NamedTuple):
    """One field at fault: its path in the input (`lines[0].quantity`) and what is wrong with it."""

    field: str
    message: str
    code: str = "invalid"
    """Its kind, a `FaultCode` (`faults.py`)."""
    limit: int | None = None
    """The bound that was missed, where there is one."""


class AdmitError(Exception):
    """Base of everything that Admit refuses on purpose."""

    code: ClassVar[str]
    sentence: ClassVar[str]

    def __init__(
        self,
        detail: str | None = None,
        *,
        faults: Sequence[Fault] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """`extra` stands beside the problem's own members, such as the new quote."""
        self.detail = detail or self.sentence
        self.faults = tuple(faults)
        self.extra = dict(extra or {})
        super().__init__(self.detail)


class Invalid(AdmitError):
    """The input can't be right, whatever the state."""

    code = "invalid_input"
    sentence = "Some fields are not valid; mend them and send the request again."

    @classmethod
    def field(cls, field: str, message: str) -> "Invalid":
        return cls(faults=[Fault(field, message)])


class TooLarge(Invalid):
    """What is to be stored is more than the table takes in one item, or in one transaction."""

    code = "too_large"
    sentence = "This is more than can be kept together; shorten its texts and lists."


class TooMany(Invalid):
    """More is asked for than one answer holds."""

    code = "too_many"
    sentence = "This is more than one answer holds; ask for less, or for a file."


class Malformed(AdmitError):
    """The body is not JSON."""

    code = "malformed_body"
    sentence = "The body is not valid JSON."


class UnsupportedContentType(AdmitError):
    """The body is of another type than the contract says."""

    code = "unsupported_content_type"
    sentence = "Send the body as application/json."


class BodyTooLarge(AdmitError):
    """The body is over 256 KB."""

    code = "body_too_large"
    sentence = "The body is larger than 256 KB; send less at a time."


class NotFound(AdmitError):
    """What the address names does not exist, or the caller may not know that it does."""

    code = "not_found"
    sentence = "There is nothing at this address."


class WalletOff(NotFound):
    """This installation makes no passes for this wallet."""

    code = "wallet_off"
    sentence = "Passes for this wallet are not offered here."


class Unauthenticated(AdmitError):
    """No key or token, or one that does not hold."""

    code = "unauthenticated"
    sentence = "The key is missing or not valid."


class Forbidden(AdmitError):
    """The caller is known and has no right to this."""

    code = "forbidden"
    sentence = "Your role does not allow this."


class BadSignature(AdmitError):
    """A webhook whose signature or time does not hold."""

    code = "bad_signature"
    sentence = "The signature of this webhook is not valid."


class Conflict(AdmitError):
    """Right in itself, and against the present state."""

    code = "conflict"
    sentence = "The present state does not allow this."


class SoldOut(Conflict):
    """A strong read of all shards has shown that too little is left."""

    code = "sold_out"
    sentence = "There are not enough tickets left."


class LimitReached(Conflict):
    """One guest would get more than his limit."""

    code = "limit_reached"
    sentence = "This would be more tickets than one guest may have."


class NotOnSale(Conflict):
    """The tier or price is not on sale now."""

    code = "not_on_sale"
    sentence = "This ticket is not on sale now."


class PriceChanged(Conflict):
    """The total is another than the buyer agreed to."""

    code = "price_changed"
    sentence = "The total has changed; look at the new quote and confirm it."


class PaymentMethodNotAllowed(Conflict):
    """The lines have no such payment method in common."""

    code = "payment_method_not_allowed"
    sentence = "These tickets can't be paid this way."


class SlugTaken(Conflict):
    """Another event has this slug."""

    code = "slug_taken"
    sentence = "Another event has this address; choose another slug."


class NotReady(Conflict):
    """Something is missing before this step; `faults` name all of it."""

    code = "not_ready"
    sentence = "Something is missing before this can be done."


class InUse(Conflict):
    """Something else still rests on what should be removed."""

    code = "in_use"
    sentence = "This is still in use and can't be removed."


class BelowSoldUnits(Conflict):
    """A limit would fall below what is sold or held."""

    code = "limit_below_sold"
    sentence = "This limit is below what is sold or held already."


class DefaultTier(Conflict):
    """The free tier that came with the event stays, and stays free."""

    code = "default_tier"
    sentence = "The default ticket of an event is free and can't be removed; add another tier instead."


class NotWhitelisted(Conflict):
    """The tier or price is sold to addresses on its whitelist only."""

    code = "not_whitelisted"
    sentence = "This ticket is sold to invited addresses only."


class EmailUnverified(Conflict):
    """Something is only for the owner of an address, and nothing shows yet that the caller is he."""

    code = "email_unverified"
    sentence = "Confirm your e-mail address first: ask for the link, or sign in."


class Locked(Conflict):
    """The tier opens with a passcode."""

    code = "locked"
    sentence = "This ticket opens with a passcode."


class UnknownCode(Conflict):
    """No discount, price or tier of this event goes by this code now."""

    code = "unknown_code"
    sentence = "This code is not valid now."


class DiscountUsedUp(Conflict):
    """The discount has been used as often as it may be."""

    code = "discount_used_up"
    sentence = "This discount has been used as often as it may be; look at a new quote."


class AddOnAlone(Conflict):
    """There are more add-ons than tickets that they add to."""

    code = "add_on_alone"
    sentence = "An add-on goes with a ticket that it adds to, one for each at most."


class StillAvailable(Conflict):
    """Nobody need wait for what can be bought."""

    code = "still_available"
    sentence = "These tickets can be bought now; there is nothing to wait for."


class AlreadyWaiting(Conflict):
    """One address has one place on the waiting list of an event."""

    code = "already_waiting"
    sentence = "This address is on the waiting list already; the link to its place is in its mail."


class SeatTaken(Conflict):
    """A seat that was asked for is somebody else's, or not for this buyer."""

    code = "seat_taken"
    sentence = "A seat that you have chosen was taken meanwhile; choose another."


class AllocationRefused(Conflict):
    """Tickets that can't be put into a line of a cart, or taken out of it."""

    code = "allocation_refused"
    sentence = "Some tickets can't be moved; nothing was changed. Leave them out and try again."


class AddressBookOff(Conflict):
    """The company has no address book."""

    code = "address_book_off"
    sentence = "The address book is not enabled for this company; ask the organizer."


class ContactExists(Conflict):
    """One address has one contact in the address book of a company; `contact_id` says which."""

    code = "contact_exists"
    sentence = "A contact of this company has this address; change that one, or merge the two."


class DistributionOff(Conflict):
    """The company has no distribution portal."""

    code = "distribution_off"
    sentence = "The distribution portal is not enabled for this company; ask the organizer."


class TakeBackOff(Conflict):
    """A ticket that was given away stays with who has it."""

    code = "take_back_off"
    sentence = "Tickets that were given away can't be taken back here; ask the organizer."


class WrongState(Conflict):
    """The order or ticket is in a state that this step does not leave."""

    code = "wrong_state"
    sentence = "The order or ticket is not in a state that allows this."


class AlreadyPaid(Conflict):
    """The money has arrived before the order could be ended."""

    code = "already_paid"
    sentence = "This order has been paid."


class AlreadyCheckedIn(Conflict):
    """A ticket that has been used can't change hands."""

    code = "already_checked_in"
    sentence = "This ticket has been used and can't change hands."


class ChangedMeanwhile(Conflict):
    """Somebody else has moved the ticket since this caller looked at it."""

    code = "changed_meanwhile"
    sentence = "This ticket has just changed hands; look at it again."


class TooLate(Conflict):
    """The event has set an end to changes of holders."""

    code = "too_late"
    sentence = "Tickets of this event can't change hands any more; ask the organizer."


class InTransfer(Conflict):
    """The ticket is offered to somebody who has not answered."""

    code = "in_transfer"
    sentence = "This ticket is offered to somebody; cancel that first, or wait for the answer."


class TransferEnded(Conflict):
    """An offer of a ticket that was accepted, declined or cancelled, or whose time is up."""

    code = "transfer_ended"
    sentence = "This offer of a ticket is not open any more."


class TransferClosed(Conflict):
    """The event does not let its tickets be passed on, or not so often."""

    code = "transfer_closed"
    sentence = "This ticket can't be passed on (any more); ask the organizer."


class ClaimEnded(Conflict):
    """A link by which tickets were given away has none left, or its time is up."""

    code = "claim_ended"
    sentence = "There are no tickets left behind this link; ask who sent it to you."


class AlreadyClaimed(Conflict):
    """One address takes one ticket by one link."""

    code = "already_claimed"
    sentence = "This address has taken its ticket by this link; it was mailed there."


class WrongDomain(Conflict):
    """A claim link is for addresses of certain domains."""

    code = "wrong_domain"
    sentence = "This link is for e-mail addresses of another domain."


class PrimaryRelay(Conflict):
    """A company would have relays and no primary one among them."""

    code = "primary_relay"
    sentence = "This is the primary relay, and there are others; make one of them primary first."


class LastOwner(Conflict):
    """An account would have nobody left who may run it."""

    code = "last_owner"
    sentence = "An account keeps one owner at least; make somebody else an owner first."


class PaymentRefused(Conflict):
    """The payment provider won't take this payment, however often it is asked."""

    code = "payment_refused"
    sentence = "The payment provider refuses this payment; choose another payment method."


class NothingToRefund(Conflict):
    """There is no money that could go back."""

    code = "nothing_to_refund"
    sentence = "There is nothing left to refund."


class RefundTooLarge(Conflict):
    """More is to go back than has come."""

    code = "refund_too_large"
    sentence = "This is more than what can still be refunded."


class CancellationClosed(Conflict):
    """The event does not let buyers cancel, or no longer."""

    code = "cancellation_closed"
    sentence = "This order can't be cancelled here (any more); ask the organizer."


class IdempotencyConflict(AdmitError):
    """The same Idempotency-Key came with another body."""

    code = "idempotency_conflict"
    sentence = "This Idempotency-Key was used with another body; use a new key for a new request."


class Unavailable(AdmitError):
    """Passing load; the same request may go through later."""

    code = "busy"
    sentence = "Many people are buying at this moment; try again in a second."


class PaymentUnavailable(Unavailable):
    """The payment provider did not answer as it should."""

    code = "payment_unavailable"
    sentence = "The payment provider does not answer; your order is kept, try again in a moment."
