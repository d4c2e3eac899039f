"""Badges of an event: its organizer's own templates, how they look, sheets to print, and labels at doors."""

from functools import cache
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from admit import clock, ids
from admit.aws.door import Authorization, at_door
from admit.aws.http import AccessKey, Listing, OptionalIdempotencyKey
from admit.aws.log import logger
from admit.aws.organizer import OrganizerApi
from admit.aws.settings import workshop
from admit.badges.face import design_name
from admit.badges.template import (
    Preview,
    PreviewRequest,
    TemplateRequest,
    TemplateView,
    preview,
    put_template,
    template_view,
)
from admit.catalog.badge import TemplateName, load_template, remove_template, templates_of
from admit.door.label import LabelRequest, PrintedLabel, print_label
from admit.job import JobView, job_view
from admit.people.account import ANY_ROLE, MANAGES
from admit.press.typeset import NotDrawn
from admit.tickets.badge_sheet import SheetAddress, SheetRequest, file_of, start_sheet
from admit.tickets.credential import Signer

app = OrganizerApi()

_EVENT = "/organizer/<organizer_id>/events/<event_id>"


@app.get(f"{_EVENT}/badges")
def list_badges(organizer_id: str, event_id: str) -> Listing[TemplateView]:
    app.catalog(organizer_id, event_id, ANY_ROLE)
    templates = templates_of(workshop().table, event_id)
    return Listing(items=[template_view(template) for template in templates], cursor=None)


@app.post(f"{_EVENT}/badges/preview")
def preview_badge(organizer_id: str, event_id: str, request: PreviewRequest) -> Preview:
    event = app.catalog(organizer_id, event_id, MANAGES).event
    shop = workshop()
    return preview(shop.table, shop.bucket, event, request, preview_id=ids.random_id())


@app.get(f"{_EVENT}/badges/<name>")
def read_badge(organizer_id: str, event_id: str, name: str) -> TemplateView:
    app.catalog(organizer_id, event_id, ANY_ROLE)
    return template_view(load_template(workshop().table, event_id, name))


@app.put(f"{_EVENT}/badges/<name>")
def put_badge(
    organizer_id: str, event_id: str, name: Annotated[TemplateName, Path()], request: TemplateRequest
) -> TemplateView:
    event = app.catalog(organizer_id, event_id, MANAGES).event
    template = put_template(workshop().table, event, name, request.source, by=app.actor, now=clock.now())
    return template_view(template)


@app.delete(f"{_EVENT}/badges/<name>", status_code=204)
def delete_badge(organizer_id: str, event_id: str, name: str) -> Response[None]:
    event = app.catalog(organizer_id, event_id, MANAGES).event
    remove_template(workshop().table, event_id, name, event.badge)
    return Response(204)


@app.post(f"{_EVENT}/badge-sheets", status_code=202)
def begin_sheet(
    organizer_id: str, event_id: str, request: SheetRequest, idempotency_key: OptionalIdempotencyKey = ""
) -> JobView:
    event = app.catalog(organizer_id, event_id, MANAGES).event
    key = idempotency_key or ids.random_id()
    return job_view(start_sheet(workshop().table, event, request, key, created_by=app.actor, now=clock.now()))


@app.get(f"{_EVENT}/badge-sheets/<job_id>", status_code=302)
def show_sheet(
    organizer_id: str,
    event_id: str,
    job_id: str,
    part: Annotated[int, Query(ge=1, description="Which of its files, of a thousand badges each.")] = 1,
    redirect: Annotated[
        bool,
        Query(description="False: the address is told, for browsers that send a token along."),
    ] = True,
) -> Response[SheetAddress | None]:
    app.catalog(organizer_id, event_id, MANAGES)
    address = workshop().bucket.address(file_of(workshop().table, event_id, job_id, part))
    if not redirect:
        return Response(200, "application/json", SheetAddress(url=address))
    return Response(302, headers={"Location": address})


@app.post("/checkin/labels", status_code=201)
def make_label(request: LabelRequest, key: AccessKey = "", authorization: Authorization = "") -> PrintedLabel:
    catalog, device = at_door(key, authorization)
    shop, event = workshop(), catalog.event
    return print_label(
        shop.table,
        shop.bucket,
        request,
        event=event,
        device=device,
        signer=_signer(event.id),
        design=shop.designs.get(design_name(event)),
        report=_report,
        now=clock.now(),
    )


def _report(failed: NotDrawn) -> None:
    told = {"file": failed.file, "line": failed.line, "late": failed.late}
    logger.warning("badge template failed", extra=told)


@cache
def _signer(event_id: str) -> Signer:
    return Signer(workshop().secrets.read(workshop().settings.signing_secret_arn), event_id)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)
