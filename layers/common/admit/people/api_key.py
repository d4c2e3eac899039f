"""API keys: by them machines act for an account, in a role below an owner's. Only a hash of each is kept."""

import hmac
import secrets
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from admit import keys
from admit.clock import Instant, stamp
from admit.errors import Fault, Forbidden, Invalid, NotFound, Unauthenticated
from admit.ids import digest
from admit.model import Entity, Name, Shape
from admit.people.account import Role, foreign_events, load_organizer
from admit.store import (
    ConditionFailed,
    Contention,
    Delete,
    Put,
    Table,
    TransactionRefused,
    Update,
)

BEGINS = "admit_"
_SECRET_BYTES = 32
_ATTEMPTS = 6
_UNKNOWN = "This API key is wrong, revoked or past its end; make a new one."

type KeyRole = Literal[Role.MANAGER, Role.FINANCE, Role.DOOR]
type KeyEvents = Annotated[
    list[Annotated[str, StringConstraints(max_length=64)]], Field(min_length=1, max_length=50)
]


class ApiKeySettings(Shape):
    label: Name
    role: KeyRole
    event_ids: KeyEvents | None = None
    """The events that it opens; without a list all of them, and what is of the account as a whole."""
    expires_at: Instant | None = None


class ApiKey(Entity):
    id: str
    organizer_id: str
    label: str
    role: Role
    event_ids: list[str] | None = None
    key_hash: str
    created_at: Instant
    created_by: str
    expires_at: Instant | None = None
    last_used_on: str | None = None
    """A day in UTC."""

    def put(self) -> Put:
        indexes = {
            "gsi1pk": keys.api_keys_of(self.organizer_id),
            "gsi1sk": keys.by_time(self.created_at, self.id),
        }
        return Put(keys.api_key(self.id), {"kind": "api_key", **self.attributes(), **indexes})

    @property
    def actor(self) -> str:
        """What stands where a member's address would."""
        return f"API key {self.label} ({self.id})"


class ApiKeyView(Shape):
    id: str
    label: str
    role: Role
    event_ids: list[str] | None
    created_at: Instant
    created_by: str
    last_used_on: str | None
    expires_at: Instant | None


class NewApiKey(ApiKeyView):
    secret: str
    """What is sent as `Authorization: Bearer`; it is shown this once."""


def api_key_view(key: ApiKey) -> ApiKeyView:
    return ApiKeyView(**key.model_dump(include=set(ApiKeyView.model_fields)))


def create_api_key(
    table: Table, organizer_id: str, settings: ApiKeySettings, *, key_id: str, by: str, now: datetime
) -> NewApiKey:
    """Make a key. Raises Invalid for events of others, and for an end that has passed."""
    _require_sound(table, organizer_id, settings, now)
    secret = secrets.token_hex(_SECRET_BYTES)
    key = ApiKey(
        id=key_id,
        organizer_id=organizer_id,
        key_hash=_hash(key_id, secret),
        created_at=now,
        created_by=by,
        **dict(settings),
    )
    table.write(key.put())
    return NewApiKey(**dict(api_key_view(key)), secret=f"{BEGINS}{key_id}_{secret}")


def _require_sound(table: Table, organizer_id: str, settings: ApiKeySettings, now: datetime) -> None:
    faults = foreign_events(table, organizer_id, settings.event_ids or [])
    if settings.expires_at is not None and settings.expires_at <= now:
        faults.append(Fault("expires_at", "must lie ahead"))
    if faults:
        raise Invalid(faults=faults)


def revoke_api_key(table: Table, organizer_id: str, key_id: str) -> None:
    """End a key for good: what is asked with it from now on is refused. Raises NotFound, Contention."""
    # False when there is no such key, or it is another account's.
    of_this_account = "organizer_id = :organizer_id"
    end = Delete(keys.api_key(key_id), of_this_account, {"organizer_id": organizer_id})
    for _ in range(_ATTEMPTS):
        organizer = load_organizer(table, organizer_id)
        try:
            # With the account, which then says who has revoked it.
            table.transact([organizer.after(), end])
        except TransactionRefused as refused:
            if 1 in refused.failed:
                raise NotFound("There is no such API key.") from refused
            continue
        return
    raise Contention


def find_api_key(table: Table, sent: str, now: datetime) -> ApiKey:
    """Return the key that a caller has sent. Raises Unauthenticated."""
    key_id, _, secret = sent.removeprefix(BEGINS).partition("_")
    key = load_api_key(table, key_id, now)
    if not hmac.compare_digest(key.key_hash, _hash(key_id, secret)):
        raise Unauthenticated(_UNKNOWN)
    return key


def load_api_key(table: Table, key_id: str, now: datetime) -> ApiKey:
    """Return a key that is in force. Raises Unauthenticated."""
    item = table.get(keys.api_key(key_id))
    key = ApiKey.of(item) if item else None
    if key is None or (key.expires_at is not None and key.expires_at <= now):
        raise Unauthenticated(_UNKNOWN)
    return key


def is_in_force(table: Table, key_id: str, now: datetime) -> bool:
    """Say whether a key opens anything."""
    try:
        load_api_key(table, key_id, now)
    except Unauthenticated:
        return False
    return True


def note_use(table: Table, key: ApiKey, now: datetime) -> None:
    """Keep on which day a key was last used: a write a day, however often it is."""
    today = stamp(now)[:10]
    if key.last_used_on is not None and key.last_used_on >= today:
        return
    # False when it was revoked meanwhile: it is not to come back.
    there = "attribute_exists(pk)"
    # False when another call of this day has noted it.
    first_today = "(attribute_not_exists(last_used_on) OR last_used_on < :today)"
    try:
        table.write(
            Update(
                keys.api_key(key.id),
                "SET last_used_on = :today",
                f"{there} AND {first_today}",
                {"today": today},
            )
        )
    except ConditionFailed:
        return


def require_key(
    key: ApiKey, organizer_id: str, roles: frozenset[Role], event_id: str | None = None
) -> ApiKey:
    """Return a key that may do this. Raises NotFound where the account or the event is not its, Forbidden.

    What is of no event is of the account as a whole: a key of some events has no part in it.
    """
    if key.organizer_id != organizer_id:
        raise NotFound
    if key.event_ids is not None and event_id is None:
        raise Forbidden("This API key is for some events; this is of the account as a whole.")
    if key.event_ids is not None and event_id not in key.event_ids:
        raise NotFound("There is no such event.")
    if key.role not in roles:
        raise Forbidden
    return key


def _hash(key_id: str, secret: str) -> str:
    return digest("api_key", key_id, secret)
