"""Mail on its way: each fact is told once, nobody is mailed where mail comes back, and news of that is heard.

An address where mail bounced for good, or whose reader complained, is mailed no more by itself. What is not
sent for that is marked so, and the orders concerned say it, until the organizer has something mailed again.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from admit.clock import Instant, stamp
from admit.mail.mails import (
    AboutDistribution,
    AboutOrder,
    AboutTicket,
    LostLinks,
    Mail,
    MailRequest,
    Mark,
    MemberAdded,
    VerifyEmail,
    WaitingOffer,
    Whitelisted,
)
from admit.model import Shape
from admit.orders.change import change
from admit.orders.order import Order, load_order
from admit.people.mailbox import MailState, block, clear, load_mailbox
from admit.people.person import same_address
from admit.store import ConditionFailed, Put, Table, Update

# A sender that died may have sent or not; after this time another try is made.
_SENDING = timedelta(minutes=5)


class StillSending(Exception):
    """Another try at this mail is under way; come back later."""


class TooFast(Exception):
    """The provider takes no more mails at this moment."""


class QuotaUsedUp(Exception):
    """As many mails were sent today as may be."""


class Unreachable(Exception):
    """No mail can ever go to this address."""


class Postman(Protocol):
    def send(self, mail: Mail) -> None:
        """Hand a mail over. Raises TooFast, QuotaUsedUp, Unreachable."""


class Delivery(StrEnum):
    """What has become of a mail."""

    SENT = "sent"
    TOLD_BEFORE = "told_before"
    WITHHELD = "withheld"
    LATER = "later"
    """No more can be sent today: try again in a while."""


class Undelivered(Shape):
    """News that a mail has not reached its reader, or was called unwanted by him."""

    id: str
    email: str
    """To whom it was sent."""
    order_id: str | None
    """The order that it was about, if any."""
    state: MailState | None
    """What becomes of the address; None when only this mail went wrong."""
    reason: str
    sent_at: Instant
    at: Instant


def deliver(table: Table, postman: Postman, request: MailRequest, mail: Mail, now: datetime) -> Delivery:
    """Send a mail, unless its fact was told or its reader can't be mailed.

    The fact is claimed before and marked after. A death in between leaves the claim to run out, so that a
    mail may then come twice, and never not at all. What is mailed again on purpose clears its address.
    Raises StillSending while another's claim runs, TooFast.
    """
    mark = request.mark
    if not _claim(table, mark, now):
        return Delivery.TOLD_BEFORE
    if _on_purpose(request):
        clear(table, mail.to, now)
    elif (mailbox := load_mailbox(table, mail.to)) is not None and mailbox.blocked:
        return _withhold(table, request, mail, now)
    try:
        postman.send(mail._replace(order_id=_order_of(request)))
    except TooFast:
        _mark(table, mark, {"claimed_until": now})
        raise
    except QuotaUsedUp:
        _mark(table, mark, {"claimed_until": now})
        return Delivery.LATER
    except Unreachable:
        news_id = "#".join(mark.key)
        block(table, mail.to, MailState.BOUNCED, "Unreachable", news_id=news_id, sent_at=now, at=now)
        return _withhold(table, request, mail, now)
    _mark(table, mark, {"sent_at": now})
    return Delivery.SENT


def hear(table: Table, news: Undelivered, now: datetime) -> None:
    """Take note of a mail that did not reach its reader: at its address, and at the order it was about.

    News that comes again changes nothing, and so does what came late, once the address was cleared.
    """
    if news.state is not None:
        matters = block(
            table,
            news.email,
            news.state,
            news.reason,
            news_id=news.id,
            sent_at=news.sent_at,
            at=news.at,
        )
        if not matters:
            return
    if news.order_id is not None:
        _tell_order(table, news.order_id, news.email, now)


def _order_of(request: MailRequest) -> str | None:
    """Return the order that a fact is about, None when it is about none."""
    match request:
        case (
            VerifyEmail() | Whitelisted() | WaitingOffer() | LostLinks() | MemberAdded() | AboutDistribution()
        ):
            return None
        case _:
            return request.order_id


def _on_purpose(request: MailRequest) -> bool:
    """Say whether the organizer has asked for this mail himself."""
    return isinstance(request, AboutOrder | AboutTicket) and request.again > 0


def _claim(table: Table, mark: Mark, now: datetime) -> bool:
    """Claim the telling of a fact; return False when that is over. Raises StillSending."""
    # False when the fact was told, or withheld.
    untold = "attribute_not_exists(sent_at) AND attribute_not_exists(withheld_at)"
    # False when somebody is telling it.
    free = "claimed_until < :now"
    claim: dict[str, Any] = {"kind": "mail", "claimed_until": stamp(now + _SENDING)}
    if mark.life is not None:
        claim["ttl"] = int((now + mark.life).timestamp())
    condition = f"attribute_not_exists(pk) OR ({untold} AND {free})"
    try:
        table.write(Put(mark.key, claim, condition=condition, values={"now": stamp(now)}))
    except ConditionFailed as failed:
        if failed.old is not None and not failed.old.keys().isdisjoint({"sent_at", "withheld_at"}):
            return False
        raise StillSending from failed
    return True


def _mark(table: Table, mark: Mark, moments: dict[str, datetime]) -> None:
    """Write moments on the mark of a fact that is claimed."""
    table.write(
        Update(
            mark.key,
            "SET " + ", ".join(f"{name} = :{name}" for name in moments),
            condition="attribute_exists(pk)",
            values={name: stamp(at) for name, at in moments.items()},
        )
    )


def _withhold(table: Table, request: MailRequest, mail: Mail, now: datetime) -> Delivery:
    """Keep the fact that a mail was not sent; its order says so."""
    if (order_id := _order_of(request)) is not None:
        _tell_order(table, order_id, mail.to, now)
    _mark(table, request.mark, {"withheld_at": now})
    return Delivery.WITHHELD


def _tell_order(table: Table, order_id: str, email: str, now: datetime) -> None:
    """Let an order say that mail does not reach its buyer, if it is the buyer's."""

    def decide(order: Order) -> Order:
        if order.mail_bounced or not same_address(order.buyer.email, email):
            return order
        return order.then("system", "mail does not reach the buyer", now, mail_bounced=True)

    change(table, load_order(table, order_id), decide)
