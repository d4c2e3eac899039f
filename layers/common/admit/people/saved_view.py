"""Saved views: filters of the list of orders that a member keeps for himself, or shares with the others."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from admit import keys
from admit.clock import Instant
from admit.errors import Conflict, Forbidden, IdempotencyConflict, NotFound
from admit.model import Entity, Name, Shape, request_hash
from admit.people.account import MANAGES, Role
from admit.store import ConditionFailed, Delete, Put, Table

MOST_VIEWS = 300
MOST_OF_ONE = 50


class ViewSettings(Shape):
    label: Name
    query: Annotated[str, StringConstraints(max_length=2_000)]
    """What the list of orders is asked with, as it stands in an address behind the question mark."""
    event_id: Annotated[str, StringConstraints(max_length=64)] | None = None
    """Of the event that it is for; without one it is for all."""
    shared: Annotated[bool, Field(strict=True)] = False
    """Whether the other members see it."""


class SavedView(Entity):
    id: str
    organizer_id: str
    label: str
    query: str
    event_id: str | None = None
    shared: bool = False
    by: str
    created_at: Instant
    request_hash: str = ""

    def put(self) -> Put:
        key = keys.saved_view(self.organizer_id, self.id)
        return Put(key, {"kind": "saved_view", **self.attributes()})


class SavedViewView(Shape):
    id: str
    label: str
    query: str
    event_id: str | None
    shared: bool
    by: str


def saved_view_view(view: SavedView) -> SavedViewView:
    return SavedViewView(**view.model_dump(include=set(SavedViewView.model_fields)))


def views_of(table: Table, organizer_id: str) -> list[SavedView]:
    """Return all views of an account by their labels."""
    views = [SavedView.of(item) for item in table.query(keys.saved_views(organizer_id))]
    return sorted(views, key=lambda view: (view.label.casefold(), view.id))


def views_for(table: Table, organizer_id: str, by: str, event_id: str | None) -> list[SavedView]:
    """Return what somebody sees, his own and what is shared; with an event, what is for it or for all."""
    return [
        view
        for view in views_of(table, organizer_id)
        if (view.shared or view.by == by) and (event_id is None or view.event_id in (None, event_id))
    ]


def save_view(
    table: Table, organizer_id: str, settings: ViewSettings, *, view_id: str, by: str, now: datetime
) -> SavedView:
    """Keep a filter; the same request again answers what it has made.

    Raises Conflict, IdempotencyConflict.
    """
    view = SavedView(
        id=view_id,
        organizer_id=organizer_id,
        by=by,
        created_at=now,
        request_hash=request_hash(settings),
        **dict(settings),
    )
    present = views_of(table, organizer_id)
    if view_id not in {one.id for one in present}:
        own = sum(one.by == by for one in present)
        if len(present) >= MOST_VIEWS or own >= MOST_OF_ONE:
            raise Conflict("There are too many saved views; remove one first.")
    try:
        table.write(view.put())
    except ConditionFailed as failed:
        earlier = SavedView.of(failed.old or {})
        if earlier.request_hash != view.request_hash:
            raise IdempotencyConflict from failed
        return earlier
    return view


def remove_view(table: Table, organizer_id: str, view_id: str, *, by: str, role: Role) -> None:
    """Remove one's own view, or as a manager a shared one. Raises NotFound, Forbidden."""
    item = table.get(keys.saved_view(organizer_id, view_id))
    view = SavedView.of(item) if item else None
    if view is None or not (view.shared or view.by == by):
        raise NotFound("There is no such view.")
    if view.by != by and role not in MANAGES:
        raise Forbidden("Who has saved this view removes it, or a manager.")
    table.write(Delete(keys.saved_view(organizer_id, view_id), condition=None))
