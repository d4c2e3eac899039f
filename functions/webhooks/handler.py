"""Webhooks of an organizer: where other systems are told of orders and tickets, and what became of it."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from admit import clock, ids
from admit.aws.http import Cursor, Limit, Listing, OptionalIdempotencyKey, new_id
from admit.aws.organizer import OrganizerApi
from admit.aws.settings import workshop
from admit.hooks.address import checked_url
from admit.hooks.delivery import DeliveryState, load_delivery, send_test
from admit.hooks.edit_endpoint import add_endpoint, edit_endpoint, remove_endpoint, roll_secret
from admit.hooks.endpoint import (
    Endpoint,
    SecretRequest,
    WebhookPatch,
    WebhookSettings,
    load_endpoint,
    load_endpoints,
)
from admit.hooks.listing import (
    DeliveryView,
    DeliveryWithPayload,
    Replayed,
    ReplayRequest,
    deliveries_of,
    delivery_view,
    delivery_with_payload,
    replay,
    replay_since,
)
from admit.hooks.sign import random_secret
from admit.hooks.view import WebhookView, WebhookWithSecret, webhook_view, webhook_views, with_secret
from admit.people.account import MANAGES, Role

app = OrganizerApi()

_ACCOUNT = "/organizer/<organizer_id>/webhooks"
_WEBHOOK = f"{_ACCOUNT}/<webhook_id>"
_DELIVERY = f"{_WEBHOOK}/deliveries/<delivery_id>"
_OWNS = frozenset({Role.OWNER})


@app.get(_ACCOUNT)
def list_webhooks(organizer_id: str) -> Listing[WebhookView]:
    app.require(organizer_id, MANAGES)
    table = workshop().table
    return Listing(items=webhook_views(table, load_endpoints(table, organizer_id), clock.now()), cursor=None)


@app.post(_ACCOUNT, status_code=201)
def add_webhook(
    organizer_id: str, settings: WebhookSettings, idempotency_key: OptionalIdempotencyKey = ""
) -> WebhookWithSecret:
    """Add a webhook. Its secret is in the answer to an owner; for a manager's an owner asks for one.

    What an API key adds, or sends elsewhere, ends with that key, unless a member makes it active.
    """
    member = app.require(organizer_id, MANAGES)
    _check(settings.url)
    table, now = workshop().table, clock.now()
    endpoint = add_endpoint(
        table,
        organizer_id,
        settings,
        endpoint_id=new_id(idempotency_key, "webhook", organizer_id),
        secret=random_secret(),
        new_id=ids.random_id,
        now=now,
        by_key=app.key_id,
    )
    return with_secret(table, endpoint, now, shown=member.role in _OWNS)


@app.get(_WEBHOOK)
def read_webhook(organizer_id: str, webhook_id: str) -> WebhookView:
    return webhook_view(workshop().table, _endpoint(organizer_id, webhook_id), clock.now())


@app.patch(_WEBHOOK)
def change_webhook(organizer_id: str, webhook_id: str, patch: WebhookPatch) -> WebhookView:
    """Change a webhook. `active` true lets one go on that was disabled, or has ended with its API key."""
    app.require(organizer_id, MANAGES)
    if patch.url is not None:
        _check(patch.url)
    table = workshop().table
    changed = edit_endpoint(table, organizer_id, webhook_id, patch, by_key=app.key_id)
    return webhook_view(table, changed, clock.now())


@app.delete(_WEBHOOK, status_code=204)
def delete_webhook(organizer_id: str, webhook_id: str) -> Response[None]:
    app.require(organizer_id, MANAGES)
    remove_endpoint(workshop().table, organizer_id, webhook_id)
    return Response(204)


@app.post(f"{_WEBHOOK}/secrets", status_code=201)
def roll_webhook_secret(
    organizer_id: str, webhook_id: str, request: SecretRequest | None = None
) -> WebhookWithSecret:
    """Sign by a new secret as well; the one before goes on for some hours."""
    app.require(organizer_id, _OWNS)
    table, now = workshop().table, clock.now()
    endpoint = roll_secret(
        table,
        organizer_id,
        webhook_id,
        request or SecretRequest(),
        secret=random_secret(),
        new_id=ids.random_id,
        now=now,
    )
    return with_secret(table, endpoint, now, shown=True)


# --- deliveries -------------------------------------------------------------------------------------------


@app.post(f"{_WEBHOOK}/test", status_code=202)
def send_a_test(organizer_id: str, webhook_id: str) -> DeliveryView:
    """Send a test, once, also to a webhook that is not active."""
    endpoint, shop = _endpoint(organizer_id, webhook_id), workshop()
    delivery, message = send_test(
        shop.table, organizer_id, endpoint, delivery_id=ids.random_id(), now=clock.now()
    )
    shop.hook_queue.send([message])
    return delivery_view(delivery)


@app.get(f"{_WEBHOOK}/deliveries")
def list_deliveries(
    organizer_id: str,
    webhook_id: str,
    *,
    state: Annotated[DeliveryState | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[DeliveryView]:
    endpoint, table = _endpoint(organizer_id, webhook_id), workshop().table
    page = deliveries_of(table, endpoint, state=state, limit=limit, cursor=cursor, now=clock.now())
    return Listing(items=[delivery_view(one) for one in page.deliveries], cursor=page.cursor)


@app.get(_DELIVERY)
def read_delivery(organizer_id: str, webhook_id: str, delivery_id: str) -> DeliveryWithPayload:
    endpoint, table = _endpoint(organizer_id, webhook_id), workshop().table
    return delivery_with_payload(table, load_delivery(table, endpoint.id, delivery_id, clock.now()))


@app.post(f"{_DELIVERY}/replay", status_code=202)
def replay_delivery(organizer_id: str, webhook_id: str, delivery_id: str) -> DeliveryView:
    """Send a delivery again, under the same id; one that waits to be tried again is tried now."""
    endpoint, shop, now = _endpoint(organizer_id, webhook_id), workshop(), clock.now()
    shop.hook_queue.send([replay(shop.table, endpoint, delivery_id, now)])
    return delivery_view(load_delivery(shop.table, endpoint.id, delivery_id, now))


@app.post(f"{_WEBHOOK}/replay", status_code=202)
def replay_failed(organizer_id: str, webhook_id: str, request: ReplayRequest) -> Replayed:
    """Send again what was not taken since a moment, 500 at a time."""
    endpoint, shop = _endpoint(organizer_id, webhook_id), workshop()
    replayed, lanes = replay_since(shop.table, endpoint, request.since, clock.now())
    shop.hook_queue.send(lanes)
    return replayed


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)


def _endpoint(organizer_id: str, webhook_id: str) -> Endpoint:
    app.require(organizer_id, MANAGES)
    return load_endpoint(workshop().table, organizer_id, webhook_id)


def _check(url: str) -> None:
    shop = workshop()
    checked_url(url, shop.hook_resolve, shop.settings.hook_exempt)
