"""How the badges of an event look: what its organizer sets, and the templates that he has written himself."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from admit import keys
from admit.catalog.images import Bucket, ImageId, image_name
from admit.clock import Instant
from admit.errors import InUse, Invalid, NotFound
from admit.faults import COLOUR
from admit.model import ONE_LINE, Entity, Shape
from admit.store import Delete, Put, Table

MOST_TEMPLATES = 20
MOST_SOURCE = 60_000

type TemplateName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$")]
type Colour = Annotated[str, StringConstraints(pattern=COLOUR)]
type RoleWord = Annotated[str, StringConstraints(min_length=1, max_length=40), ONE_LINE]
type TemplateSource = Annotated[
    str, StringConstraints(min_length=1, max_length=MOST_SOURCE, strip_whitespace=False)
]


class BadgeSize(StrEnum):
    """A6 is 105 x 148 mm, a label 101 x 54 mm, a card 85.6 x 54 mm."""

    A6 = "a6"
    LABEL = "label"
    CARD = "card"


class PersonRole(StrEnum):
    """As what somebody attends; it colours the badge."""

    ATTENDEE = "attendee"
    SPEAKER = "speaker"
    STAFF = "staff"
    EXHIBITOR = "exhibitor"
    SPONSOR = "sponsor"
    PRESS = "press"
    VIP = "vip"


class BadgeSettings(Shape):
    """What all badges of an event have in common."""

    size: BadgeSize = BadgeSize.A6
    role_colours: Annotated[dict[PersonRole, Colour], Field(max_length=len(PersonRole))] = {}
    """Of the band, such as "#b4232a"; a role that is not named has a colour of ours."""
    role_words: Annotated[dict[PersonRole, RoleWord], Field(max_length=len(PersonRole))] = {}
    """On the band; a role that is not named has its word in the event's language."""
    logo: ImageId | None = None
    """A picture that was uploaded for the event."""
    template: TemplateName | None = None
    """One of the event's own; None for ours."""


class BadgeTemplate(Entity):
    """A badge as an organizer draws it: Typst source that defines `badge(face)`."""

    event_id: str
    name: str
    source: str
    changed_by: str
    changed_at: Instant

    def put(self) -> Put:
        """Return the write that stores it, over the former one of its name."""
        key = keys.badge_template(self.event_id, self.name)
        return Put(key, {"kind": "badge_template", **self.attributes()}, condition=None)


def load_template(table: Table, event_id: str, name: str) -> BadgeTemplate:
    """Read a template of an event. Raises NotFound."""
    item = table.get(keys.badge_template(event_id, name))
    if item is None:
        raise NotFound("There is no such badge template.")
    return BadgeTemplate.of(item)


def templates_of(table: Table, event_id: str) -> list[BadgeTemplate]:
    """Read the templates of an event, by name."""
    return [BadgeTemplate.of(item) for item in table.query(keys.badge_templates(event_id))]


def store_template(table: Table, template: BadgeTemplate) -> None:
    """Store a template that has been tried. Raises Invalid for one more than an event may have."""
    others = {one.name for one in templates_of(table, template.event_id)} - {template.name}
    if len(others) >= MOST_TEMPLATES:
        raise Invalid.field("name", f"would be one more than the {MOST_TEMPLATES} that an event may have")
    table.write(template.put())


def remove_template(table: Table, event_id: str, name: str, settings: BadgeSettings) -> None:
    """Remove a template that the event does not use. Raises InUse, NotFound.

    One that is chosen at this moment is missed by nobody: a badge without its template is drawn with ours.
    """
    if settings.template == name:
        raise InUse("The badges of the event are drawn with this template; choose another one first.")
    load_template(table, event_id, name)
    table.write(Delete(keys.badge_template(event_id, name), condition=None))


def require_design(table: Table, bucket: Bucket, event_id: str, settings: BadgeSettings | None) -> None:
    """Raise Invalid unless the template and the logo that settings name are there."""
    if settings is None:
        return
    if settings.template is not None and table.get(keys.badge_template(event_id, settings.template)) is None:
        raise Invalid.field("badge.template", "is no badge template of this event")
    if settings.logo is not None and not bucket.holds(image_name(event_id, settings.logo)):
        raise Invalid.field("badge.logo", "is not an uploaded picture of this event")


def copy_templates(table: Table, event_id: str, copy_id: str) -> None:
    """Give the copy of an event its templates."""
    for template in templates_of(table, event_id):
        table.write(template.model_copy(update={"event_id": copy_id}).put())
