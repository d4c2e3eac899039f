"""What of an event its tickets show: a change of it is followed by a job over all of them."""

from datetime import datetime

from admit.catalog.event import Event, EventStatus
from admit.ids import derived_id
from admit.job import Job, job_writes
from admit.model import Shape, request_hash
from admit.store import Write

WORK = "event_change"


class ChangedEvent(Shape):
    """A change that tickets follow: the event's revision by it, and whether people must come elsewhere or at
    another time."""

    number: int
    moved: bool


def followed_by_tickets(before: Event, after: Event, *, actor: str, now: datetime) -> list[Write]:
    """Return the writes of the job by which tickets follow a change of their event, none when they show
    nothing of it."""
    if before.status is EventStatus.DRAFT or _shown(before) == _shown(after):
        return []
    change = ChangedEvent(number=before.revision + 1, moved=_where_and_when(before) != _where_and_when(after))
    job = Job(
        id=derived_id("job", before.id, WORK, str(change.number)),
        work=WORK,
        organizer_id=before.organizer_id,
        event_id=before.id,
        dry_run=False,
        created_by=actor,
        created_at=now,
        total=0,
        request_hash=request_hash(change),
    )
    return job_writes(job, change.model_dump_json())


def _where_and_when(event: Event) -> tuple[object, ...]:
    return (event.starts_at, event.ends_at, event.timezone, event.venue)


def _shown(event: Event) -> tuple[object, ...]:
    return (*_where_and_when(event), event.title, event.badge)
