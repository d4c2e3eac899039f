"""Sheets of badges to print: a job that lists tickets by their holders' names and draws them, part by part.

The first stretch settles which tickets the sheet has, and writes that down beside it; each later one draws a
part. A later sheet can be of what is new or looks otherwise than on an earlier one.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import batched
from typing import Annotated, NamedTuple, Protocol

from pydantic import Field, TypeAdapter

from admit import keys
from admit.badges.draw import SheetLayout, in_our_way, try_sheet
from admit.badges.face import BadgeDesign, BadgeFace, drawn_from
from admit.catalog.event import Event
from admit.clock import Clock
from admit.errors import AdmitError, Invalid, NotFound, NotReady, Unavailable
from admit.ids import derived_id, split_ticket_id
from admit.job import (
    Job,
    JobStatus,
    Outcome,
    RowStatus,
    Stretch,
    create_job,
    fail,
    job_body,
    job_of_event,
    walk,
)
from admit.model import Shape, request_hash
from admit.press.typeset import NotDrawn
from admit.store import Table
from admit.tickets.badge import face_of
from admit.tickets.credential import AnotherSigningKey, Credential, Signer
from admit.tickets.ticket import Ticket, TicketStatus

WORK = "badge_sheet"
PART = 1_000
"""Badges of one file."""
_PAGE = 500


class SheetRequest(Shape):
    """Which tickets; without any filter all that are valid and have a holder."""

    tier_ids: Annotated[list[str], Field(max_length=100)] = []
    ticket_ids: Annotated[list[str], Field(max_length=5_000)] = []
    since: Annotated[str, Field(max_length=40)] | None = None
    """Id of an earlier sheet: only what was not on it, or would look otherwise now, is on this one."""
    layout: SheetLayout = SheetLayout.ONE_A_PAGE
    nameless: bool = False
    """Whether tickets that nobody holds are on it, at the end."""


class SheetAddress(Shape):
    """Where a file of a sheet is for a minute."""

    url: str


class Listed(NamedTuple):
    """A ticket of a sheet, and what tells how it looks there."""

    ticket_id: str
    drawn: str


_LIST: TypeAdapter[list[Listed]] = TypeAdapter(list[Listed])


class Bucket(Protocol):
    def store(self, name: str, content: bytes, content_type: str) -> None: ...

    def read(self, name: str) -> bytes | None: ...


def start_sheet(
    table: Table, event: Event, request: SheetRequest, key: str, *, created_by: str, now: datetime
) -> Job:
    """Store the job that draws a sheet, or find it stored by an earlier try.

    Raises Invalid, NotFound, IdempotencyConflict.
    """
    for at, ticket_id in enumerate(request.ticket_ids):
        try:
            split_ticket_id(ticket_id)
        except ValueError as exc:
            raise Invalid.field(f"ticket_ids[{at}]", "is not the id of a ticket") from exc
    if request.since is not None:
        _load_sheet(table, event.id, request.since)
    job = Job(
        id=derived_id("job", event.id, f"badge sheet {key}"),
        work=WORK,
        organizer_id=event.organizer_id,
        event_id=event.id,
        dry_run=False,
        created_by=created_by,
        created_at=now,
        total=0,
        request_hash=request_hash(request),
    )
    return create_job(table, job, request.model_dump_json())


def draw_on(
    table: Table,
    bucket: Bucket,
    signer: Signer,
    event: Event,
    job: Job,
    *,
    design: BadgeDesign,
    clock: Clock,
    seconds: float,
) -> bool:
    """Do a part of the job; say whether there is more to do. Each row of the job is a file."""
    if signer.public_key != event.public_key:
        raise AnotherSigningKey
    request = SheetRequest.model_validate_json(job_body(table, job))
    try:
        sheet = _Sheet(table, bucket, signer, event, design, job, request)
        return not walk(table, job, sheet.stretch, clock=clock, seconds=seconds).ended
    except Unavailable:
        raise
    except AdmitError as wrong:
        fail(table, job, wrong.detail, clock)
    except NotDrawn:
        fail(table, job, "The badges could not be drawn.", clock)
    return False


def file_of(table: Table, event_id: str, job_id: str, part: int) -> str:
    """Return the name of a file of a sheet that is done. Raises NotFound, NotReady."""
    job = _load_sheet(table, event_id, job_id)
    if job.status is JobStatus.FAILED:
        raise NotFound(f"This sheet was not drawn: {job.error}")
    if job.status is not JobStatus.DONE:
        raise NotReady("This sheet is being drawn; look at its job and come back when that is done.")
    if part > job.created:
        told = f"This sheet has {job.created} files." if job.created else "There is no badge on this sheet."
        raise NotFound(told)
    return _file(job.id, part)


class _Sheet(NamedTuple):
    table: Table
    bucket: Bucket
    signer: Signer
    event: Event
    design: BadgeDesign
    job: Job
    request: SheetRequest

    def stretch(self, place: str | None) -> Stretch:
        """List the tickets, or draw the part that a place names: its index."""
        if place is None:
            listed = self._listed()
            self.bucket.store(_list_name(self.job.id), _LIST.dump_json(listed), "application/json")
            return Stretch([], "0" if listed else None, -(-len(listed) // PART))
        at = int(place)
        listed = _read_list(self.bucket, self.job.id)
        outcome = self._part(at + 1, [one.ticket_id for one in listed[at * PART : (at + 1) * PART]])
        more = (at + 1) * PART < len(listed)
        return Stretch([outcome], str(at + 1) if more else None, -(-len(listed) // PART))

    def _listed(self) -> list[Listed]:
        request = self.request
        wanted = [
            ticket
            for ticket in self._tickets()
            if self._belongs(ticket) and (not request.tier_ids or ticket.tier_id in request.tier_ids)
        ]
        wanted.sort(key=_by_name)
        listed = [Listed(ticket.id, drawn_from(self._face(ticket))) for ticket in wanted]
        earlier = set(_read_list(self.bucket, request.since)) if request.since else set()
        return [one for one in listed if one not in earlier]

    def _tickets(self) -> Iterator[Ticket]:
        if self.request.ticket_ids:
            for some in batched(dict.fromkeys(self.request.ticket_ids), _PAGE, strict=False):
                asked = [keys.ticket(*split_ticket_id(ticket_id)) for ticket_id in some]
                yield from map(Ticket.of, self.table.get_many(asked))
            return
        for nn in range(self.event.shards):
            cursor: str | None = None
            while True:
                partition = keys.tickets_of_event(self.event.id, nn)
                page = self.table.page("gsi1", partition, limit=_PAGE, cursor=cursor)
                yield from map(Ticket.of, page.items)
                if (cursor := page.cursor) is None:
                    break

    def _belongs(self, ticket: Ticket) -> bool:
        named = ticket.holder is not None or self.request.nameless
        return ticket.event_id == self.event.id and ticket.status is TicketStatus.VALID and named

    def _part(self, number: int, ticket_ids: Sequence[str]) -> Outcome:
        """Draw a file of the tickets that are still to be on it."""
        items = self.table.get_many([keys.ticket(*split_ticket_id(ticket_id)) for ticket_id in ticket_ids])
        faces = [self._face(ticket) for ticket in map(Ticket.of, items) if self._belongs(ticket)]
        if not faces:
            return Outcome(result=RowStatus.SKIPPED, reference=str(number))
        code = None
        try:
            drawn = try_sheet(faces, self.request.layout)
        except NotDrawn:
            if self.design.source is None:
                raise
            code = "template_failed"
            drawn = try_sheet([in_our_way(face) for face in faces], self.request.layout)
        self.bucket.store(_file(self.job.id, number), drawn, "application/pdf")
        return Outcome(result=RowStatus.CREATED, reference=str(number), code=code)

    def _face(self, ticket: Ticket) -> BadgeFace:
        credential = self.signer.sign(Credential(ticket.order_id, ticket.number, ticket.revision))
        return face_of(ticket, self.event, credential, self.design)


def _load_sheet(table: Table, event_id: str, job_id: str) -> Job:
    job = job_of_event(table, event_id, job_id)
    if job.work != WORK:
        raise NotFound("There is no such sheet of badges.")
    return job


def _by_name(ticket: Ticket) -> tuple[bool, str, str]:
    return ticket.holder is None, ticket.holder.name.casefold() if ticket.holder else "", ticket.id


def _read_list(bucket: Bucket, job_id: str) -> list[Listed]:
    stored = bucket.read(_list_name(job_id))
    if stored is None:
        raise NotFound("What was on the earlier sheet is not kept any more; draw a whole sheet.")
    return _LIST.validate_json(stored)


def _list_name(job_id: str) -> str:
    return f"badge-sheets/{job_id}/tickets.json"


def _file(job_id: str, number: int) -> str:
    return f"badge-sheets/{job_id}/{number}.pdf"
