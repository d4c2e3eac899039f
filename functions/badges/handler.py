"""Badges of an event: its organizer's own templates, how they look, and sheets to print."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from admit import clock, ids
from admit.aws.http import Listing, OptionalIdempotencyKey
from admit.aws.organizer import OrganizerApi
from admit.aws.settings import workshop
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
from admit.job import JobView, job_view
from admit.people.account import ANY_ROLE, MANAGES
from admit.tickets.badge_sheet import SheetRequest, file_of, start_sheet

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
    template = put_template(workshop().table, event, name, request.source, by=app.signed_in, now=clock.now())
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
    return job_view(
        start_sheet(workshop().table, event, request, key, created_by=app.signed_in, now=clock.now())
    )


@app.get(f"{_EVENT}/badge-sheets/<job_id>", status_code=302)
def show_sheet(
    organizer_id: str,
    event_id: str,
    job_id: str,
    part: Annotated[int, Query(ge=1, description="Which of its files, of a thousand badges each.")] = 1,
) -> Response[None]:
    app.catalog(organizer_id, event_id, MANAGES)
    address = workshop().bucket.address(file_of(workshop().table, event_id, job_id, part))
    return Response(302, headers={"Location": address, "Cache-Control": "no-store"})


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)
