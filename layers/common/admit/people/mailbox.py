"""Mailboxes: whether mail reaches an address. That is kept under a hash of it, once for all events."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from admit import keys
from admit.clock import Instant, stamp
from admit.ids import normal_email
from admit.model import Entity
from admit.store import ConditionFailed, Key, Table, Update

_SKEW = timedelta(seconds=5)  # by which the mail provider's clock may differ from ours


class MailState(StrEnum):
    OK = "ok"
    BOUNCED = "bounced"
    """Mail comes back for good."""
    COMPLAINED = "complained"
    """The reader has called our mail unwanted."""


class Mailbox(Entity):
    """What is known of an address that gave trouble; of any other there is no item."""

    state: MailState
    reason: str
    """The mail provider's name for it."""
    at: Instant
    count: int
    """How often mail came back or was complained about."""
    news_id: str
    """Of the last news of it."""
    cleared_at: Instant | None = None
    """When mail was last sent there on purpose."""

    @property
    def blocked(self) -> bool:
        return self.state is not MailState.OK


def load_mailbox(table: Table, email: str) -> Mailbox | None:
    """Read what is known of an address, None when it gave no trouble so far."""
    item = table.get(keys.mail_state(email))
    return Mailbox.of(item) if item else None


def mail_states(table: Table, emails: Iterable[str]) -> Mapping[str, MailState]:
    """Return the states of addresses by their normal form; one read of a hundred."""
    boxes = {keys.mail_state(email): normal_email(email) for email in emails}
    found = table.get_many(list(boxes))
    return {boxes[Key(item["pk"], item["sk"])]: Mailbox.of(item).state for item in found}


def block(
    table: Table, email: str, state: MailState, reason: str, *, news_id: str, sent_at: datetime, at: datetime
) -> bool:
    """Note that mail sent at `sent_at` came back or was complained about; return whether it still matters.

    News that comes twice is counted once. It no longer matters when the address was cleared after that mail.
    """
    # False when this is the news that was heard last.
    unheard = "(attribute_not_exists(news_id) OR news_id <> :news)"
    # False when mail was sent there on purpose since.
    uncleared = "(attribute_not_exists(cleared_at) OR cleared_at <= :sent)"
    noted = Update(
        keys.mail_state(email),
        "SET kind = :kind, #state = :state, reason = :reason, #at = :at, news_id = :news ADD #count :one",
        condition=f"{unheard} AND {uncleared}",
        values={
            "kind": "mail_state",
            "state": state,
            "reason": reason,
            "at": stamp(at),
            "news": news_id,
            "sent": stamp(sent_at + _SKEW),
            "one": 1,
        },
    )
    try:
        table.write(noted)
    except ConditionFailed as failed:
        return failed.old is not None and failed.old["state"] != MailState.OK
    return True


def clear(table: Table, email: str, now: datetime) -> None:
    """Let mail go to an address again, if it was blocked."""
    # False when the address never gave trouble.
    known = "attribute_exists(pk)"
    cleared = Update(
        keys.mail_state(email),
        "SET #state = :ok, cleared_at = :now",
        condition=known,
        values={"ok": MailState.OK, "now": stamp(now)},
    )
    try:
        table.write(cleared)
    except ConditionFailed:
        return
