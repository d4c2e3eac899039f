"""A job: long work that a queue's worker does row by row, with its progress and results readable meanwhile.

Each row is done and then recorded; the record moves `next_row` on by a condition. A worker that died is
followed by another from the same row, so what a row does must change nothing when it is done twice.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, NamedTuple, Protocol, Self

from pydantic import Field, TypeAdapter

from admit import keys
from admit.clock import Clock, Instant, stamp
from admit.errors import AdmitError, Fault, IdempotencyConflict, Invalid, NotFound, Unavailable
from admit.faults import FaultCode
from admit.model import Entity, Shape
from admit.store import ConditionFailed, Put, Table, TransactionRefused, Update, Write

MOST_FAULTS = 50
"""As many as a result tells; the others show once these are mended."""
_KEPT = timedelta(days=90)
_MOST_TRIES = 3
"""Workers that may begin at one row and not get past it."""
# What the content of a row can provoke. Everything else is the world's fault and tried again.
_OF_THE_ROW = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class JobStatus(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class RowStatus(StrEnum):
    """What became of a row."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WOULD_CREATE = "would_create"
    WOULD_CHANGE = "would_change"
    SKIPPED = "skipped"
    FAILED = "failed"

    @property
    def counter(self) -> str:
        """The count of its job that it belongs to; a dry run counts what would be."""
        return _COUNTERS.get(self, self.value)


_COUNTERS = {RowStatus.WOULD_CREATE: "created", RowStatus.WOULD_CHANGE: "changed"}


class RowFault(Shape):
    """What is wrong in one cell of a file, and what to do."""

    row: int
    field: str
    message: str
    code: str = FaultCode.INVALID
    """Its kind, as a problem's `errors` have it."""
    limit: int | None = None

    @classmethod
    def of(cls, fault: Fault, row: int, header: str) -> Self:
        """Say a fault of the cell of this row under this header."""
        return cls(row=row, **fault._replace(field=header)._asdict())


class Outcome(Shape):
    """What became of a row: the id or name of what it made or met, or the faults that kept it out."""

    result: RowStatus
    reference: str | None = None
    code: str | None = None
    note: str | None = None
    """What it does beside that, or would do, in a few words."""
    errors: Annotated[list[RowFault], Field(max_length=MOST_FAULTS)] = []


class RowResult(Outcome):
    """An outcome with its row, as a spreadsheet counts; of several rows that are one, the first."""

    row: int


class Job(Entity):
    id: str
    work: str
    """What it does, such as import_tiers."""
    organizer_id: str
    event_id: str
    """Empty for work that is about the account as a whole."""
    owner: str | None = None
    """The order or company that it is about, of work that was asked for there."""
    status: JobStatus = JobStatus.WAITING
    dry_run: bool
    created_by: str
    created_at: Instant
    finished_at: Instant | None = None
    unknown_columns: list[str] = []
    total: int
    next_row: int = 0
    """Index of the next row to do: so many are done."""
    tries: int = 0
    """Workers that have begun since the last row was recorded."""
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    error: str | None = None
    """Why the job as a whole has failed."""
    place: str | None = None
    """How far a walk has come, in the words of who walks."""
    request_hash: str

    @property
    def ended(self) -> bool:
        return self.status in (JobStatus.DONE, JobStatus.FAILED)

    def put(self) -> Put:
        indexes = {
            "gsi1pk": keys.jobs_of(self.event_id or self.organizer_id),
            "gsi1sk": keys.by_time(self.created_at, self.id),
        }
        return Put(keys.job(self.id), {"kind": "job", **self.attributes(), **indexes})


class JobView(Shape):
    """A job as its organizer sees it."""

    id: str
    kind: str
    status: JobStatus
    dry_run: bool
    created_by: str
    created_at: Instant
    finished_at: Instant | None
    unknown_columns: list[str]
    total: int
    done: int
    created: int
    changed: int
    unchanged: int
    skipped: int
    failed: int
    error: str | None


class JobWithRows(JobView):
    """A job with one page of its results."""

    rows: list[RowResult]
    cursor: str | None


class JobMessage(Shape):
    """A job that has work left, as it travels on the queue."""

    job_id: str


class AuditMessage(Shape):
    """An event whose counters are to be counted again."""

    event_id: str


class RosterTask(StrEnum):
    BUILD = "build"
    """Write a whole new generation."""
    TELL = "tell"
    """Write what has changed."""


class RosterMessage(Shape):
    """An event whose offline roster has files to be written."""

    event_id: str
    roster: RosterTask


type QueuedWork = JobMessage | AuditMessage | RosterMessage

_QUEUED_WORK: TypeAdapter[QueuedWork] = TypeAdapter(QueuedWork)


def queued_work(body: str) -> QueuedWork:
    """Read a message of the queue of jobs, or of that of rosters."""
    return _QUEUED_WORK.validate_json(body)


class Jobs(NamedTuple):
    jobs: list[Job]
    cursor: str | None


class Rows(NamedTuple):
    rows: list[RowResult]
    cursor: str | None


class Numbered(Protocol):
    """Something to do that came from a row of a file."""

    @property
    def row(self) -> int: ...


def create_job(table: Table, job: Job, body: str) -> Job:
    """Store a job with the request that it works off, or find it stored by an earlier try.

    The stream tells a worker of it. Raises IdempotencyConflict.
    """
    try:
        table.transact(job_writes(job, body))
    except TransactionRefused as refused:
        earlier = refused.failed.get(0)
        if earlier is None or earlier["request_hash"] != job.request_hash:
            raise IdempotencyConflict from refused
        return Job.of(earlier)
    return job


def job_writes(job: Job, body: str) -> list[Write]:
    """Return the writes of a new job and the request that it works off; false when it is there."""
    request = {"kind": "job_input", "body": body, "ttl": _kept_until(job)}
    return [job.put(), Put(keys.job_input(job.id), request)]


def _kept_until(job: Job) -> int:
    """Return until when the request of a job and its results are kept, in Unix seconds: they name people."""
    return int((job.created_at + _KEPT).timestamp())


def load_job(table: Table, job_id: str) -> Job:
    """Read a job as it is now. Raises NotFound."""
    item = table.get(keys.job(job_id))
    if item is None:
        raise NotFound("There is no such job.")
    return Job.of(item)


def job_of_event(table: Table, event_id: str, job_id: str) -> Job:
    """Read a job of this event. Raises NotFound."""
    job = load_job(table, job_id)
    if job.event_id != event_id:
        raise NotFound("There is no such job.")
    return job


def job_of_account(table: Table, organizer_id: str, job_id: str) -> Job:
    """Read a job that is about an account as a whole. Raises NotFound."""
    job = load_job(table, job_id)
    if (job.organizer_id, job.event_id) != (organizer_id, ""):
        raise NotFound("There is no such job.")
    return job


def job_body(table: Table, job: Job) -> str:
    """Read the request that a job works off. Raises NotFound."""
    item = table.get(keys.job_input(job.id))
    if item is None:
        raise NotFound("The request of this job is not there.")
    return str(item["body"])


def jobs_of(table: Table, event_id: str, *, limit: int, cursor: str | None) -> Jobs:
    """Return one page of the jobs of an event, newest first."""
    found = table.find("gsi1", keys.jobs_of(event_id), limit=limit, cursor=cursor, newest_first=True)
    items = table.get_many([entry.key for entry in found.entries])
    return Jobs([Job.of(item) for item in items], found.cursor)


def rows_of(table: Table, job: Job, *, limit: int, cursor: str | None) -> Rows:
    """Return one page of the results so far, in the order of the file. Raises Invalid."""
    start = _read_cursor(cursor)
    stop = min(job.next_row, start + limit)
    items = table.get_many([keys.job_row(job.id, at) for at in range(start, stop)])
    known = RowResult.model_fields.keys()
    rows = [RowResult.model_validate({name: item[name] for name in known & item.keys()}) for item in items]
    return Rows(rows, str(stop) if stop < job.next_row else None)


def job_with_rows(table: Table, job: Job, *, limit: int, cursor: str | None) -> JobWithRows:
    """Show a job with one page of its results so far. Raises Invalid."""
    rows = rows_of(table, job, limit=limit, cursor=cursor)
    return JobWithRows(**dict(job_view(job)), rows=rows.rows, cursor=rows.cursor)


def job_view(job: Job) -> JobView:
    shared = JobView.model_fields.keys() & Job.model_fields.keys()
    return JobView(**job.model_dump(include=shared), kind=job.work, done=job.next_row)


def work_off[R: Numbered](
    table: Table, job: Job, rows: Sequence[R], apply: Callable[[R], Outcome], *, clock: Clock, seconds: float
) -> bool:
    """Do rows of a job until its time is up, at least one; say whether there is more to do.

    `rows` are all rows of the job, the same at each call. Another worker at the same row is let go ahead.
    What `apply` raises for want of the world (Unavailable, a network) passes through, to be tried again. A
    row that no worker gets past is a row error.
    """
    until = clock() + timedelta(seconds=seconds)
    begun = _begin(table, job)
    if begun is None:
        return False
    stuck = begun.tries > _MOST_TRIES
    for at in range(begun.next_row, len(rows)):
        row, more = rows[at], at + 1 < len(rows)
        outcome = _stuck(row) if stuck else _done(apply, row)
        if not _record(table, begun, at, row, outcome, ended_at=None if more else clock()):
            return False
        stuck = False
        if more and clock() >= until:
            return True
    return False


class Stretch(NamedTuple):
    """What became of a part of a walk, and the place where the next one begins, None at the end."""

    outcomes: Sequence[Outcome]
    place: str | None
    expected: int = 0
    """How many rows there may be in all."""


def walk(
    table: Table, job: Job, go: Callable[[str | None], Stretch | None], *, clock: Clock, seconds: float
) -> Job:
    """Do a job whose rows are found on the way, stretch by stretch until its time is up, at least one.

    `go` does the stretch that begins at a place, None while there is nothing to do yet. It is recorded as a
    whole with the place behind it; one that was cut off is done again. Another worker at the same stretch is
    let go ahead. Raises what `go` raises.
    """
    until = clock() + timedelta(seconds=seconds)
    begun = _begin(table, job)
    while begun is not None and not begun.ended:
        stretch = go(begun.place)
        begun = _walked(table, begun, stretch, clock()) if stretch else None
        if clock() >= until:
            break
    return load_job(table, job.id)


def _walked(table: Table, job: Job, stretch: Stretch, now: datetime) -> Job | None:
    """Record a stretch; None when another worker has done so."""
    outcomes, place, expected = stretch
    counts = Counter(outcome.result.counter for outcome in outcomes)
    done = job.next_row + len(outcomes)
    after = job.model_copy(
        update={
            "next_row": done,
            "place": place,
            "tries": 0,
            "total": max(done, job.total, expected) if place else done,
            **{name: getattr(job, name) + count for name, count in counts.items()},
            **({} if place else {"status": JobStatus.DONE, "finished_at": now}),
        }
    )
    # False when another worker has recorded this stretch.
    same_place = "place = :place" if job.place else "attribute_not_exists(place)"
    not_recorded = f"next_row = :at AND {same_place}"
    record = after.put()
    writes: list[Write] = [
        Put(
            record.key,
            record.item,
            condition=f"{not_recorded} AND {_UNDER_WAY}",
            values=_under_way() | {"at": job.next_row} | ({"place": job.place} if job.place else {}),
        ),
        *(
            _row(job, job.next_row + at, job.next_row + at + 1, outcome)
            for at, outcome in enumerate(outcomes)
        ),
    ]
    try:
        table.transact(writes)
    except TransactionRefused:
        return None
    return after


def fail(table: Table, job: Job, reason: str, clock: Clock) -> None:
    """End a job that can't be worked off as a whole; one that has ended stays."""
    try:
        table.write(
            Update(
                keys.job(job.id),
                "SET #status = :failed, #error = :reason, finished_at = :now",
                condition=_UNDER_WAY,
                values=_under_way() | {"failed": JobStatus.FAILED, "reason": reason, "now": stamp(clock())},
            )
        )
    except ConditionFailed:
        return


# False when the job has ended, or is not there.
_UNDER_WAY = "#status IN (:waiting, :running)"


def _under_way() -> dict[str, object]:
    return {"waiting": JobStatus.WAITING, "running": JobStatus.RUNNING}


def _begin(table: Table, job: Job) -> Job | None:
    """Count one more worker; None when the job has ended."""
    begin = Update(
        keys.job(job.id),
        "SET #status = :running, tries = tries + :one",
        condition=_UNDER_WAY,
        values=_under_way() | {"one": 1},
    )
    try:
        return Job.of(table.write(begin))
    except ConditionFailed:
        return None


def _done[R: Numbered](apply: Callable[[R], Outcome], row: R) -> Outcome:
    try:
        return apply(row)
    except Unavailable:
        raise
    except AdmitError as refused:
        messages = [f"{fault.field}: {fault.message}" for fault in refused.faults] or [refused.detail]
        return _failure(row, refused.code, *messages)
    except _OF_THE_ROW:
        return _stuck(row)


def _stuck(row: Numbered) -> Outcome:
    return _failure(row, "internal", "could not be worked off; look at its cells, or ask for help")


def _failure(row: Numbered, code: str, *messages: str) -> Outcome:
    faults = [RowFault(row=row.row, field="", message=message) for message in messages[:MOST_FAULTS]]
    return Outcome(result=RowStatus.FAILED, code=code, errors=faults)


def _record(
    table: Table, job: Job, at: int, row: Numbered, outcome: Outcome, *, ended_at: datetime | None
) -> bool:
    """Write a row's result and move the job on; say whether this worker was the one to do so."""
    counter = outcome.result.counter
    end = ", #status = :done, finished_at = :now" if ended_at else ""
    # False when another worker has recorded this row.
    not_recorded = "next_row = :at"
    writes: list[Write] = [
        Update(
            keys.job(job.id),
            f"SET next_row = :next, tries = :none, #{counter} = #{counter} + :one{end}",
            condition=f"{not_recorded} AND {_UNDER_WAY}",
            values=_under_way()
            | {"at": at, "next": at + 1, "none": 0, "one": 1}
            | ({"done": JobStatus.DONE, "now": stamp(ended_at)} if ended_at else {}),
        ),
        _row(job, at, row.row, outcome),
    ]
    try:
        table.transact(writes)
    except TransactionRefused:
        return False
    return True


def _row(job: Job, at: int, row: int, outcome: Outcome) -> Put:
    told = outcome.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return Put(keys.job_row(job.id, at), {"kind": "job_row", "row": row, "ttl": _kept_until(job), **told})


def _read_cursor(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 5):
        raise Invalid.field("cursor", "is not one that this list has answered")
    return int(cursor)
