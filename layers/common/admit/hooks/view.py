"""What an organizer sees of his webhooks."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from admit import keys
from admit.clock import Instant
from admit.hooks.endpoint import Endpoint
from admit.hooks.facts import FactType
from admit.hooks.sent import SendError
from admit.hooks.state import HookState
from admit.model import Shape
from admit.store import Table


class WebhookState(StrEnum):
    HEALTHY = "healthy"
    FAILING = "failing"
    DISABLED = "disabled"


class SecretView(Shape):
    id: str
    created_at: Instant
    ends_at: Instant | None


class LastDelivery(Shape):
    at: Instant
    status: int | None
    error: SendError | None


class WebhookView(Shape):
    id: str
    url: str
    label: str
    types: list[FactType]
    event_ids: list[str] | None
    active: bool
    state: WebhookState
    failing_since: Instant | None
    secrets: list[SecretView]
    """Those that sign now."""
    last_delivery: LastDelivery | None
    """The last try, told to the minute."""
    created_at: Instant


class WebhookWithSecret(WebhookView):
    secret: str | None
    """To an owner, and only in this answer."""


def webhook_views(table: Table, endpoints: Sequence[Endpoint], now: datetime) -> list[WebhookView]:
    """Show endpoints with how they have answered of late."""
    items = table.get_many([keys.hook_state(one.id) for one in endpoints]) if endpoints else []
    states = {keys.of_item(item): HookState.of(item) for item in items}
    return [
        _view(
            one,
            states.get(keys.hook_state(one.id), HookState()),
            now,
            has_ended=one.has_ended(table, now),
        )
        for one in endpoints
    ]


def webhook_view(table: Table, endpoint: Endpoint, now: datetime) -> WebhookView:
    [view] = webhook_views(table, [endpoint], now)
    return view


def with_secret(table: Table, endpoint: Endpoint, now: datetime, *, shown: bool) -> WebhookWithSecret:
    """Show an endpoint with its newest secret, if that may be seen."""
    secret = endpoint.secrets[-1].value if shown else None
    return WebhookWithSecret(**dict(webhook_view(table, endpoint, now)), secret=secret)


def _view(endpoint: Endpoint, state: HookState, now: datetime, *, has_ended: bool) -> WebhookView:
    last = None
    if state.last_at is not None:
        last = LastDelivery(at=state.last_at, status=state.last_status, error=state.last_error)
    return WebhookView(
        **endpoint.model_dump(include={"id", "url", "label", "types", "event_ids", "active", "created_at"}),
        state=WebhookState.DISABLED if has_ended else _state(state),
        failing_since=state.failing_since,
        secrets=[
            SecretView(**secret.model_dump(exclude={"value"}))
            for secret in endpoint.secrets
            if secret.holds(now)
        ],
        last_delivery=last,
    )


def _state(state: HookState) -> WebhookState:
    if state.disabled_at is not None:
        return WebhookState.DISABLED
    return WebhookState.FAILING if state.failing_since is not None else WebhookState.HEALTHY
