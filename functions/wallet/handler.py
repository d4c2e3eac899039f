"""Tickets in calendars and wallets: files and links for their holders, and what devices ask about passes."""

from functools import cache
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query

from admit import clock
from admit.aws.http import Api, KeyQuery, NotModified
from admit.aws.log import logger
from admit.aws.settings import workshop
from admit.aws.stream import handle_messages
from admit.catalog.event import Event
from admit.errors import NotFound
from admit.passes.calendar import CALENDAR_TYPE, ticket_calendar
from admit.passes.code import pass_code
from admit.passes.content import (
    Pass,
    new_pass,
    pass_of,
    passes_of,
)
from admit.passes.devices import (
    ChangedPasses,
    DeviceId,
    DeviceLog,
    PassChanged,
    RegistrationRequest,
    changed_at,
    changed_passes,
    register,
    serials_on,
    tell_devices,
    unchanged_since,
    unregister,
)
from admit.tickets.credential import Signer
from admit.tickets.download import mark_downloaded
from admit.tickets.ticket import Ticket, load_ticket

app = Api()

ApplePass = Annotated[
    str, Header(alias="Authorization", description="The word ApplePass, a blank, and the token of the pass.")
]
Device = Annotated[DeviceId, Path()]
_CALENDAR: Any = {200: {"description": "A file of RFC 5545", "content": {"text/calendar": {}}}}
_REGISTERED: Any = {201: {"description": "Registered"}, 200: {"description": "Known already"}}
_CHANGED: Any = {200: {"description": "What has changed"}, 204: {"description": "Nothing", "content": {}}}


@app.get("/public/tickets/<ticket_id>/calendar.ics", responses=_CALENDAR)
def show_calendar(ticket_id: str, query: KeyQuery = "") -> Response[str]:
    ticket, event = _ticket(ticket_id, query)
    file = ticket_calendar(ticket, event, app.links.event_page(event.slug))
    return Response(200, CALENDAR_TYPE, file, headers={"Cache-Control": "no-store"})


@app.get("/public/tickets/<ticket_id>/apple.pkpass", status_code=302)
def make_apple_pass(ticket_id: str, query: KeyQuery = "") -> Response[None]:
    shop = workshop()
    apple = shop.apple_passes
    made = new_pass(*_ticket(ticket_id, query))
    mark_downloaded(shop.table, made.ticket)
    return _elsewhere(shop.bucket.address(apple.store(shop.bucket, made.content, _code(made), app.links)))


@app.get("/public/tickets/<ticket_id>/google-wallet", status_code=302)
def save_to_google_wallet(ticket_id: str, query: KeyQuery = "") -> Response[None]:
    google = workshop().google_passes
    made = new_pass(*_ticket(ticket_id, query))
    mark_downloaded(workshop().table, made.ticket)
    return _elsewhere(google.save_url(made.content, _code(made), clock.now()))


@app.post(
    "/wallet/v1/devices/<device_id>/registrations/<pass_type>/<serial>",
    status_code=201,
    responses=_REGISTERED,
)
def register_device(
    device_id: Device,
    pass_type: str,
    serial: str,
    request: RegistrationRequest,
    authorization: ApplePass = "",
) -> Response[None]:
    """Note that a device has a pass: 201, or 200 when that is known."""
    _require_token(pass_type, serial, authorization)
    table = workshop().table
    content = pass_of(table, serial, _event).content
    return Response(201 if register(table, content, device_id, request.pushToken, clock.now()) else 200)


@app.delete("/wallet/v1/devices/<device_id>/registrations/<pass_type>/<serial>")
def unregister_device(
    device_id: Device, pass_type: str, serial: str, authorization: ApplePass = ""
) -> Response[None]:
    _require_token(pass_type, serial, authorization)
    unregister(workshop().table, serial, device_id)
    return Response(200)


@app.get("/wallet/v1/devices/<device_id>/registrations/<pass_type>", responses=_CHANGED)
def list_changed_passes(
    device_id: Device, pass_type: str, tag: Annotated[str, Query(alias="passesUpdatedSince")] = ""
) -> Response[ChangedPasses | None]:
    """Tell a device, which its id alone proves, what has changed: 204 when nothing has."""
    _require_pass_type(pass_type)
    table = workshop().table
    passes = passes_of(table, serials_on(table, device_id), _event)
    changed = changed_passes([one.content for one in passes], tag)
    return Response(200, "application/json", changed) if changed else Response(204)


@app.get("/wallet/v1/passes/<pass_type>/<serial>", status_code=302)
def read_pass(
    pass_type: str,
    serial: str,
    authorization: ApplePass = "",
    if_modified_since: Annotated[str, Header(alias="If-Modified-Since")] = "",
) -> Response[None]:
    """Lead a device to its pass as it is now, void if the ticket is or has changed hands."""
    _require_token(pass_type, serial, authorization)
    shop = workshop()
    made = pass_of(shop.table, serial, _event)
    if unchanged_since(changed_at(shop.table, made.content, clock.now()), if_modified_since):
        raise NotModified({})
    name = shop.apple_passes.store(shop.bucket, made.content, _code(made), app.links)
    return _elsewhere(shop.bucket.address(name))


@app.post("/wallet/v1/log")
def take_log(log: DeviceLog) -> Response[None]:
    """Count what devices complain of: anybody can send it, and it names passes and tokens."""
    logger.warning("wallet devices complain", extra={"complaints": len(log.logs)})
    return Response(200)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return handle_messages(event, _tell_devices) if "Records" in event else app.resolve(event, context)


def _tell_devices(body: str) -> None:
    shop = workshop()
    tell_devices(shop.table, shop.apple_push, PassChanged.model_validate_json(body).serial)


def _ticket(ticket_id: str, key: str) -> tuple[Ticket, Event]:
    ticket = load_ticket(workshop().table, ticket_id)
    app.links.require_ticket_key(ticket, key)
    return ticket, _event(ticket.event_id)


def _event(event_id: str) -> Event:
    return workshop().catalogs.by_id(event_id).event


def _require_pass_type(pass_type: str) -> None:
    if pass_type != workshop().apple_passes.pass_type:
        raise NotFound("There are no passes of this type.")


def _require_token(pass_type: str, serial: str, authorization: str) -> None:
    _require_pass_type(pass_type)
    app.links.require_pass_token(serial, authorization)


def _code(made: Pass) -> str:
    return pass_code(_signer(made.content.event_id), made)


@cache
def _signer(event_id: str) -> Signer:
    return Signer(workshop().secrets.read(workshop().settings.signing_secret_arn), event_id)


def _elsewhere(address: str) -> Response[None]:
    return Response(302, headers={"Location": address, "Cache-Control": "no-store"})
