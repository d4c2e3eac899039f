"""Retention: so many days after an event its persons are erased, by one job for each event."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from admit import keys
from admit.catalog.event import Event
from admit.clock import Clock, stamp
from admit.errors import AdmitError, Unavailable
from admit.ids import derived_id
from admit.job import Job, Outcome, RowStatus, Stretch, create_job, walk
from admit.model import Entity
from admit.people.person import Person
from admit.store import Table, Within
from admit.tickets.privacy import erase_person

WORK = "retention"
_STRETCH = 25
_PAGE = 100


class _Place(Entity):
    shard: int = 0
    cursor: str | None = None


def start_retention(table: Table, now: datetime) -> int:
    """Store the job of each event whose time is up and that has none yet; return how many were stored."""
    started = 0
    for event in _ended(table, now):
        if event.retention_days is None or now < event.ends_at + timedelta(days=event.retention_days):
            continue
        job_id = derived_id("job", event.id, WORK)
        if table.get(keys.job(job_id)) is None:
            create_job(table, _job(event, job_id, now), "")
            started += 1
    return started


def erase_persons(table: Table, job: Job, event: Event, *, clock: Clock, seconds: float) -> bool:
    """Do a part of the job; say whether there is more to do. Who was erased has left the list."""

    def go(at: str | None) -> Stretch:
        place = _Place.model_validate_json(at) if at else _Place()
        partition = keys.persons_of(event.id, place.shard)
        page = table.page("gsi1", partition, limit=_STRETCH, cursor=place.cursor)
        outcomes = [_erased(table, event, Person.of(item), clock()) for item in page.items]
        if page.cursor is not None:
            return Stretch(outcomes, place.model_copy(update={"cursor": page.cursor}).model_dump_json())
        last = place.shard + 1 >= event.shards
        return Stretch(outcomes, None if last else _Place(shard=place.shard + 1).model_dump_json())

    return not walk(table, job, go, clock=clock, seconds=seconds).ended


def _erased(table: Table, event: Event, person: Person, now: datetime) -> Outcome:
    try:
        erase_person(table, event, person, now)
    except Unavailable:
        raise
    except AdmitError as refused:
        return Outcome(result=RowStatus.FAILED, reference=person.id, code=refused.code)
    return Outcome(result=RowStatus.CHANGED, reference=person.id)


def _job(event: Event, job_id: str, now: datetime) -> Job:
    return Job(
        id=job_id,
        work=WORK,
        organizer_id=event.organizer_id,
        event_id=event.id,
        dry_run=False,
        created_by="system",
        created_at=now,
        total=0,
        request_hash="",
    )


def _ended(table: Table, now: datetime) -> Iterator[Event]:
    cursor: str | None = None
    past = Within(below=stamp(now))
    while True:
        found = table.find("gsi3", keys.PUBLISHED_EVENTS, limit=_PAGE, cursor=cursor, within=past)
        yield from (Event.of(item) for item in table.get_many([entry.key for entry in found.entries]))
        cursor = found.cursor
        if cursor is None:
            return
