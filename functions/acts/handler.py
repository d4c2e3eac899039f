"""What can be done with an order, and what it would do. The role of this function writes nothing."""

from random import SystemRandom
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body

from admit import clock
from admit.acts.actions import ActionName, ActionView, Stage, actions_of, read_body, require
from admit.acts.preview import ActionPreview, preview
from admit.acts.rehearsal import RehearsedGateway
from admit.aws.http import Listing, OptionalIdempotencyKey
from admit.aws.organizer import OrganizerApi
from admit.aws.settings import workshop
from admit.errors import NotFound
from admit.orders.order import Order, load_order
from admit.people.account import HANDLES_MONEY, Role

app = OrganizerApi()
random = SystemRandom()  # A restored snapshot must not guess what its copies guess.


@app.get("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>/actions")
def list_actions(organizer_id: str, event_id: str, order_id: str) -> Listing[ActionView]:
    """Say which actions the caller can do with an order now, how, and why not the others."""
    role, stage, order = _stage(organizer_id, event_id, order_id)
    return Listing(items=actions_of(stage, order, role), cursor=None)


@app.post("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>/actions/<name>/preview")
def preview_action(
    organizer_id: str,
    event_id: str,
    order_id: str,
    *,
    name: ActionName,
    sent: Annotated[dict[str, Any] | None, Body()] = None,
    idempotency_key: OptionalIdempotencyKey = "",
) -> ActionPreview:
    """Say what an action would do, by the body of its own route with what stands in that route's address."""
    role, stage, order = _stage(organizer_id, event_id, order_id, idempotency_key)
    require(name, role)
    return preview(name, stage, order, read_body(name, sent or {}), app.language)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)


def _stage(organizer_id: str, event_id: str, order_id: str, key: str = "") -> tuple[Role, Stage, Order]:
    caller, catalog = app.caller_and_catalog(organizer_id, event_id, HANDLES_MONEY)
    table, now = workshop().table, clock.now()
    order = load_order(table, order_id)
    if order.event_id != event_id:
        raise NotFound("There is no such order.")
    stage = Stage(
        table,
        RehearsedGateway(order, now),
        catalog,
        actor=app.actor,
        key=key or "rehearsed",
        now=now,
        random=random,
    )
    return caller.role, stage, order
