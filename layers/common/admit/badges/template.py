"""An organizer's own badge templates: tried on hard names before they are kept, and previews of badges."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from admit.badges.draw import CUSTOM, SheetLayout, try_badge, try_sheet
from admit.badges.face import BadgeDesign, BadgeFace, make_face
from admit.catalog.badge import (
    BadgeSettings,
    BadgeSize,
    BadgeTemplate,
    PersonRole,
    TemplateName,
    TemplateSource,
    load_template,
    store_template,
)
from admit.catalog.event import Event, Title
from admit.catalog.images import image_name
from admit.clock import Instant
from admit.errors import Invalid
from admit.ids import order_code
from admit.model import Name, Shape
from admit.people.person import Detail, Holder
from admit.press.typeset import NotDrawn
from admit.store import Table

_LONG = "Maximiliana Konstantinopoulou-Schneider von und zu Hohenlohe-Waldenburg-Schillingsfürst III"
_HARD: Sequence[Holder] = tuple(
    Holder(email="sample@admit.example", name=name, company=company, title=title)
    for name, company, title in (
        (_LONG, "The International Association for the Advancement of Very Long Names", _LONG),
        ("Wolfeschlegelsteinhausenbergerdorffwelchevoralternwaren", "", ""),
        ("محمد عبد الرحمن الصديق", "شركة الشمال", "مدير المشروع"),
        ("王小明", "北极光科技有限公司", "首席技术官"),
        ("สมชาย กุ้งน้ำพี่ใจดี", "บริษัทแสงเหนือ จำกัด", "ผู้จัดการ"),
        ("#emph[Bo] $x$ \\", "*A* & _B_", "@c <d>"),
    )
)
# As long as a credential, of the letters that one has; no door knows it.
_SAMPLE_CREDENTIAL = ("ADMIT SAMPLE " * 9)[:114]
_TRIAL_SECONDS = 5
_SAMPLE_ORDER = "0000000000000"


class TemplateRequest(Shape):
    """Typst source that defines `badge(face)`: the content of a badge of `face.width` by `face.height`.

    A face has the texts event, place, name, company, title, tier, seat, role and code, the colours colour
    and ink, and logo and qr, which are pictures. `badge_parts.typ` has what our own templates are made of.
    """

    source: TemplateSource


class TemplateView(Shape):
    name: str
    source: TemplateSource
    changed_by: str
    changed_at: Instant


class PreviewRequest(Shape):
    """A badge of somebody who may be made up; what is left out is that of the event."""

    template: TemplateName | None = None
    """Null for ours."""
    source: TemplateSource | None = None
    """A template that is not kept yet."""
    size: BadgeSize | None = None
    name: Name = "Hanna Holder"
    company: Detail = "Polar Systems AS"
    title: Detail = ""
    role: PersonRole = PersonRole.ATTENDEE
    tier: Title | None = None
    seat: Detail = ""


class Preview(Shape):
    """Where the picture is for a minute."""

    url: str


class Bucket(Protocol):
    def store(self, name: str, content: bytes, content_type: str) -> None: ...

    def read(self, name: str) -> bytes | None: ...

    def address(self, name: str) -> str: ...


def template_view(template: BadgeTemplate) -> TemplateView:
    return TemplateView(**template.model_dump(include=set(TemplateView.model_fields)))


def put_template(
    table: Table, event: Event, name: str, source: str, *, by: str, now: datetime
) -> BadgeTemplate:
    """Keep a template that draws hard names in every size. Raises Invalid, which names the line at fault."""
    design = BadgeDesign(source)
    for size in BadgeSize:
        faces = [_sample(event, holder, size, design=design) for holder in _HARD]
        with _refused("source"):
            try_sheet(faces, SheetLayout.ONE_A_PAGE, seconds=_TRIAL_SECONDS)
    template = BadgeTemplate(event_id=event.id, name=name, source=source, changed_by=by, changed_at=now)
    store_template(table, template)
    return template


def preview(
    table: Table, bucket: Bucket, event: Event, request: PreviewRequest, *, preview_id: str
) -> Preview:
    """Draw a badge of nobody's, with a code that no door takes. Raises Invalid, NotFound."""
    if request.template is not None and request.source is not None:
        raise Invalid.field("source", "can't stand beside a template; send one of them")
    settings = event.badge
    name = request.template if "template" in request.model_fields_set else settings.template
    source = request.source or (load_template(table, event.id, name).source if name else None)
    logo = bucket.read(image_name(event.id, settings.logo)) if settings.logo else None
    holder = Holder(
        email="sample@admit.example", name=request.name, company=request.company, title=request.title
    )
    face = _sample(
        event,
        holder,
        request.size or settings.size,
        role=request.role,
        tier=request.tier or "Two-day pass",
        seat=request.seat,
        design=BadgeDesign(source, logo),
    )
    picture = f"previews/{event.id}/{preview_id}.png"
    with _refused("source" if request.source else "template"):
        bucket.store(picture, try_badge(face), "image/png")
    return Preview(url=bucket.address(picture))


def _sample(
    event: Event,
    holder: Holder,
    size: BadgeSize,
    *,
    design: BadgeDesign,
    role: PersonRole = PersonRole.ATTENDEE,
    tier: str = "Two-day pass with workshops",
    seat: str = "Stalls left · Row 12 · Seat 117",
) -> BadgeFace:
    return make_face(
        event,
        holder,
        role,
        tier=tier,
        seat=seat,
        code=f"{order_code(_SAMPLE_ORDER)}-1",
        credential=_SAMPLE_CREDENTIAL,
        design=design,
        settings=BadgeSettings.model_validate(event.badge.model_dump() | {"size": size}),
    )


@contextmanager
def _refused(field: str) -> Iterator[None]:
    """Raise Invalid of this field for a template that draws nothing."""
    try:
        yield
    except NotDrawn as failed:
        why = f"line {failed.line}: {failed.why}" if failed.file == CUSTOM else failed.why
        if failed.file not in ("", CUSTOM):
            why = f"must define badge(face), which gives content: {failed.why}"
        raise Invalid.field(field, why) from failed
