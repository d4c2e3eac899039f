"""Adding, changing and removing endpoints, and rolling their secrets."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from admit import keys
from admit.errors import Conflict, IdempotencyConflict, Invalid, NotFound
from admit.hooks.endpoint import (
    MOST_ENDPOINTS,
    Endpoint,
    Secret,
    SecretRequest,
    WebhookPatch,
    WebhookSettings,
    load_endpoint,
    load_endpoints,
)
from admit.hooks.state import start_anew
from admit.ids import NewId
from admit.model import request_hash
from admit.people.account import foreign_events, load_organizer
from admit.store import ConditionFailed, Contention, Delete, Table, TransactionRefused

_ATTEMPTS = 6


def add_endpoint(
    table: Table,
    organizer_id: str,
    settings: WebhookSettings,
    *,
    endpoint_id: str,
    secret: str,
    new_id: NewId,
    now: datetime,
    by_key: str | None = None,
) -> Endpoint:
    """Add an endpoint with its first secret, or find it added by an earlier try.

    `by_key` is the API key that adds it, with which it ends. Raises Conflict beyond the most there may be,
    IdempotencyConflict, Invalid, Contention.
    """
    _require_events(table, organizer_id, settings.event_ids)
    added = Endpoint(
        id=endpoint_id,
        organizer_id=organizer_id,
        **dict(settings),
        secrets=[Secret(id=new_id(), value=secret, created_at=now)],
        created_at=now,
        request_hash=request_hash(settings),
        by_key=by_key,
    )
    for _ in range(_ATTEMPTS):
        # The account is read first and moved on with it, so that no other one comes in between.
        organizer = load_organizer(table, organizer_id)
        present = load_endpoints(table, organizer_id)
        for earlier in present:
            if earlier.id == endpoint_id:
                if earlier.request_hash != added.request_hash:
                    raise IdempotencyConflict
                return earlier
        if len(present) >= MOST_ENDPOINTS:
            raise Conflict(f"An account has {MOST_ENDPOINTS} webhooks at most; remove one first.")
        try:
            table.transact([organizer.after(), added.put()])
        except TransactionRefused:
            continue
        return added
    raise Contention


def edit_endpoint(
    table: Table, organizer_id: str, endpoint_id: str, patch: WebhookPatch, *, by_key: str | None = None
) -> Endpoint:
    """Change an endpoint; one that is made active starts anew.

    Who says where it goes, or makes a key's endpoint active, has it from then on: a member for good, an API
    key (`by_key`) until its end. Raises NotFound, Invalid, Contention.
    """
    _require_events(table, organizer_id, patch.event_ids)
    said = {
        name: getattr(patch, name)
        for name in patch.model_fields_set
        if name == "event_ids" or getattr(patch, name) is not None
    }

    def change(endpoint: Endpoint) -> Endpoint:
        taken_over = patch.url is not None or (patch.active and endpoint.by_key is not None)
        return endpoint.model_copy(update={**said, "by_key": by_key if taken_over else endpoint.by_key})

    changed = _change(table, organizer_id, endpoint_id, change)
    if patch.active:
        start_anew(table, endpoint_id)
    return changed


def remove_endpoint(table: Table, organizer_id: str, endpoint_id: str) -> None:
    """Take an endpoint away; what waits for it is not sent. Raises NotFound, Contention."""
    gone = Delete(keys.hook(organizer_id, endpoint_id))
    for _ in range(_ATTEMPTS):
        organizer = load_organizer(table, organizer_id)
        try:
            # With the account, which then says who has removed it.
            table.transact([organizer.after(), gone])
        except TransactionRefused as refused:
            if 1 in refused.failed:
                raise NotFound("There is no such webhook.") from refused
            continue
        return
    raise Contention


def roll_secret(
    table: Table,
    organizer_id: str,
    endpoint_id: str,
    request: SecretRequest,
    *,
    secret: str,
    new_id: NewId,
    now: datetime,
) -> Endpoint:
    """Sign by a new secret as well, and by the one before until its end; an older one ends at once.

    Raises NotFound, Contention.
    """
    added = Secret(id=new_id(), value=secret, created_at=now)

    def roll(endpoint: Endpoint) -> Endpoint:
        before = endpoint.secrets[-1].model_copy(update={"ends_at": now + timedelta(hours=request.hours)})
        return endpoint.model_copy(update={"secrets": [before, added]})

    return _change(table, organizer_id, endpoint_id, roll)


def _change(
    table: Table, organizer_id: str, endpoint_id: str, change: Callable[[Endpoint], Endpoint]
) -> Endpoint:
    for _ in range(_ATTEMPTS):
        read = load_endpoint(table, organizer_id, endpoint_id)
        changed = change(read).model_copy(update={"revision": read.revision + 1})
        try:
            table.write(changed.put().over(read.revision))
        except ConditionFailed:
            continue
        return changed
    raise Contention


def _require_events(table: Table, organizer_id: str, event_ids: Sequence[str] | None) -> None:
    """Raise Invalid for events that are not this organizer's."""
    if faults := foreign_events(table, organizer_id, event_ids or []):
        raise Invalid(faults=faults)
