"""How endpoints answer: whether they take what they are sent, and when one that does not is disabled."""

from datetime import datetime, timedelta
from typing import Any

from admit import keys
from admit.clock import Instant, stamp
from admit.hooks.sent import SendError, Sent
from admit.model import Entity
from admit.store import ConditionFailed, Table, Update

DISABLED_AFTER = timedelta(days=5)
"""So long an endpoint may fail without taking anything."""
_TOLD_EACH = timedelta(minutes=1)
_GONE = 410


class HookState(Entity):
    """How an endpoint has answered of late: told once a minute, and when that changes."""

    failing_since: Instant | None = None
    """When it began to fail, if it has taken nothing since."""
    disabled_at: Instant | None = None
    last_at: Instant | None = None
    last_status: int | None = None
    last_error: SendError | None = None

    def is_old(self, now: datetime) -> bool:
        return self.last_at is None or now - self.last_at >= _TOLD_EACH


def load_state(table: Table, endpoint_id: str) -> HookState:
    return HookState.of(table.get(keys.hook_state(endpoint_id)) or {})


def start_anew(table: Table, endpoint_id: str) -> None:
    """Forget the failures of an endpoint."""
    _write(table, endpoint_id, ["kind = :kind"], ["failing_since", "disabled_at"])


def note_success(table: Table, endpoint_id: str, known: HookState, sent: Sent, now: datetime) -> None:
    """Keep that an endpoint has taken a delivery; told once a minute while nothing else is new."""
    if known.failing_since is None and not known.is_old(now):
        return
    sets = ["kind = :kind", "last_at = :now", "last_status = :status"]
    values = {"now": stamp(now), "status": sent.status}
    _write(table, endpoint_id, sets, ["last_error", "failing_since"], values=values)


def note_failure(table: Table, endpoint_id: str, known: HookState, sent: Sent, now: datetime) -> None:
    """Keep that an endpoint has failed; told once a minute while nothing else is new."""
    if known.failing_since is not None and not known.is_old(now):
        return
    sets = ["kind = :kind", "last_at = :now", "failing_since = if_not_exists(failing_since, :now)"]
    removes = []
    values: dict[str, Any] = {"now": stamp(now)}
    for name, value in (("status", sent.status), ("error", sent.error)):
        if value is None:
            removes.append(f"last_{name}")
        else:
            sets.append(f"last_{name} = :{name}")
            values[name] = value
    _write(table, endpoint_id, sets, removes, values=values)


def disable_if_due(table: Table, endpoint_id: str, known: HookState, sent: Sent, now: datetime) -> bool:
    """Disable an endpoint that has failed for long, or says that it is gone; say whether this did so."""
    # False when it was disabled before.
    enabled = "attribute_not_exists(disabled_at)"
    values: dict[str, Any] = {"now": stamp(now)}
    if sent.status != _GONE:
        if known.failing_since is None or now - known.failing_since < DISABLED_AFTER:
            return False
        # False when it has taken something meanwhile, or was made active.
        enabled += " AND failing_since = :since"
        values["since"] = stamp(known.failing_since)
    try:
        sets = ["kind = :kind", "disabled_at = :now"]
        _write(table, endpoint_id, sets, [], condition=enabled, values=values)
    except ConditionFailed:
        return False
    return True


def _write(
    table: Table,
    endpoint_id: str,
    sets: list[str],
    removes: list[str],
    *,
    condition: str | None = None,
    values: dict[str, Any] | None = None,
) -> None:
    told = f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(removes)}" if removes else "")
    kind = {"kind": "hook_state"}
    table.write(Update(keys.hook_state(endpoint_id), told, condition, kind | (values or {})))
