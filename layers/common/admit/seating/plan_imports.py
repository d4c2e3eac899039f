"""A seating plan is imported: from a file that a request holds, or one that was uploaded before."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field, StringConstraints, ValidationError

from admit.catalog.catalog import Catalog
from admit.catalog.images import UploadForm
from admit.catalog.seating import SeatCategory, SeatChoice, Seating
from admit.clock import Instant
from admit.errors import Fault, Invalid
from admit.faults import faults_of
from admit.model import Shape
from admit.seating.edit_plan import PlanChange, plan_change, set_plan
from admit.seating.plan_files import READERS, PlanFile, PlanFormat
from admit.seating.plan_settings import Drawn, PlanSettings, drawn
from admit.store import Table

MOST_BYTES = 20 * 1024 * 1024
_FORM_LIVES = timedelta(minutes=10)
_MOST_NAMED = 50


class PlanImport(Shape):
    """A plan in a file: as text in the body, or as what was uploaded."""

    format: PlanFormat
    content: Annotated[str, StringConstraints(min_length=1, strip_whitespace=False)] | None = None
    upload_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-z]{16}$")] | None = None
    dry_run: bool = False
    tiers: Annotated[dict[str, list[str]], Field(max_length=50)] = {}
    """Ids of tiers by the title of their category; a category that is left out keeps those that it has."""
    choice: SeatChoice | None = None
    """Left out: as it is."""
    version: int | None = None
    """As in PUT .../seating."""


class PlanUploadRequest(Shape):
    content_type: Literal["application/json", "text/csv"]
    bytes: Annotated[int, Field(ge=1, le=MOST_BYTES)]


class PlanUpload(Shape):
    """A form by which a file may be sent to `url` until `expires_at`: `fields` first, then it as `file`."""

    id: str
    """What an import names."""
    url: str
    fields: dict[str, str]
    expires_at: Instant


class PlanBucket(Protocol):
    def upload_form(
        self, name: str, content_type: str, *, most_bytes: int, lives_seconds: int
    ) -> UploadForm: ...

    def read(self, name: str) -> bytes | None: ...


class ImportedCategory(Shape):
    id: str
    title: str
    seats: int
    tier_ids: list[str]


class SeatDifference(Shape):
    count: int
    seats: list[str]
    """The first of them."""


class SeatInTheWay(Shape):
    """A seat that a ticket has and that the new plan lacks."""

    seat_id: str
    ticket_id: str


class PlanImported(Shape):
    version: int
    """Of the plan that holds now."""
    dry_run: bool
    sections: int
    rows: int
    seats: int
    categories: list[ImportedCategory]
    added: SeatDifference
    removed: SeatDifference
    moved: SeatDifference
    changed: SeatDifference
    """Seats of which something else is said, such as another category."""
    in_the_way: list[SeatInTheWay]
    """The first of those that keep the plan from being changed so."""


def begin_plan_upload(
    bucket: PlanBucket, event_id: str, request: PlanUploadRequest, *, upload_id: str, now: datetime
) -> PlanUpload:
    """Open the way for a file with a plan."""
    form = bucket.upload_form(
        _upload_name(event_id, upload_id),
        request.content_type,
        most_bytes=request.bytes,
        lives_seconds=int(_FORM_LIVES.total_seconds()),
    )
    return PlanUpload(id=upload_id, url=form.url, fields=form.fields, expires_at=now + _FORM_LIVES)


def import_plan(
    table: Table, bucket: PlanBucket, catalog: Catalog, request: PlanImport, *, now: datetime
) -> PlanImported:
    """Make the plan in a file the one that holds, or tell what that would change.

    Sections and categories are the file's; zones, and what a file does not say, stay. Raises what `set_plan`
    raises.
    """
    read = READERS[request.format](_content(bucket, catalog.event.id, request))
    _refuse_unknown_titles(request, read.plan)
    try:
        settings = _settings(catalog, request, read.plan)
        wanted = drawn(catalog, settings)
        change = plan_change(table, catalog, wanted)
        if request.dry_run:
            version = catalog.seating.version if catalog.seating else 0
        else:
            version = set_plan(table, catalog, settings, now=now).version
    except Invalid as invalid:
        raise Invalid(faults=[_named(fault, read, request) for fault in invalid.faults]) from invalid
    return _imported(request, version, wanted, change)


def _named(fault: Fault, read: PlanFile, request: PlanImport) -> Fault:
    """Say of the file, or of the request, what is said of the plan that they make."""
    of_category = re.fullmatch(r"categories\[(\d+)\]\.tier_ids(.*)", fault.field)
    if of_category:
        title = read.plan["categories"][int(of_category[1])]["title"]
        if title in request.tiers:
            return fault._replace(field=f"tiers.{title}{of_category[2]}")
    return read.in_file(fault)


def _upload_name(event_id: str, upload_id: str) -> str:
    return f"seating/{event_id}/{upload_id}"


def _content(bucket: PlanBucket, event_id: str, request: PlanImport) -> str:
    if (request.content is None) == (request.upload_id is None):
        raise Invalid.field("content", "must be there, or else upload_id")
    if request.upload_id is None:
        return request.content or ""
    content = bucket.read(_upload_name(event_id, request.upload_id))
    if content is None:
        raise Invalid.field("upload_id", "is not an uploaded file of this event")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise Invalid.field("upload_id", "is not a text in UTF-8; save the file so") from exc


def _settings(catalog: Catalog, request: PlanImport, plan: Mapping[str, Any]) -> PlanSettings:
    """Complete what a file says by what the request and the present plan say. Raises Invalid."""
    present = catalog.seating
    completed = dict(plan) | {"version": request.version}
    completed["categories"] = _categories(request, present, plan.get("categories", []))
    if request.choice is not None or "choice" not in plan:
        completed["choice"] = request.choice or (present.choice if present else SeatChoice.PICK)
    if present is not None:
        completed.setdefault("zones", [dict(zone) for zone in present.zones])
    try:
        return PlanSettings.model_validate(completed)
    except ValidationError as exc:
        raise Invalid(faults=faults_of(exc)[:_MOST_NAMED]) from exc


def _categories(request: PlanImport, present: Seating | None, categories: Any) -> Any:
    """Give the categories of a file their tiers."""
    kept = {category.title: category.tier_ids for category in (present.categories if present else [])}
    if not _are_categories(categories):
        return categories
    return [_with_tiers(category, request.tiers, kept) for category in categories]


def _are_categories(categories: Any) -> bool:
    return isinstance(categories, list) and all(isinstance(category, dict) for category in categories)


def _refuse_unknown_titles(request: PlanImport, plan: Mapping[str, Any]) -> None:
    """Raise Invalid for tiers of a category that the file lacks."""
    categories = plan.get("categories", [])
    titles = [str(one.get("title")) for one in categories] if _are_categories(categories) else []
    if unknown := [title for title in request.tiers if title not in titles]:
        known = ", ".join(titles)[:400]
        raise Invalid.field("tiers", f"{unknown[0][:80]} is none of the categories of the file: {known}")


def _with_tiers(
    category: dict[str, Any], given: Mapping[str, list[str]], kept: Mapping[str, list[str]]
) -> dict[str, Any]:
    title = str(category.get("title"))
    if title in given:
        return category | {"tier_ids": given[title]}
    return {"tier_ids": kept.get(title, [])} | category


def _imported(request: PlanImport, version: int, wanted: Drawn, change: PlanChange) -> PlanImported:
    seats = Counter(seat.category for section in wanted.sections.values() for _, seat in section.seats())
    return PlanImported(
        version=version,
        dry_run=request.dry_run,
        sections=len(wanted.sections),
        rows=sum(len(section.rows) for section in wanted.sections.values()),
        seats=seats.total(),
        categories=[_imported_category(category, seats) for category in wanted.seating.categories],
        added=_difference(change.added),
        removed=_difference(change.removed),
        moved=_difference(change.moved),
        changed=_difference(change.changed),
        in_the_way=[SeatInTheWay(**seat._asdict()) for seat in change.sold[:_MOST_NAMED]],
    )


def _imported_category(category: SeatCategory, seats: Mapping[str, int]) -> ImportedCategory:
    return ImportedCategory(
        id=category.id, title=category.title, seats=seats.get(category.id, 0), tier_ids=category.tier_ids
    )


def _difference(seats: Sequence[str]) -> SeatDifference:
    return SeatDifference(count=len(seats), seats=list(seats[:_MOST_NAMED]))
