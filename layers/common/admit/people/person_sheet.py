"""Persons come from a spreadsheet: speakers, press and staff, before they have tickets.

Each row is a person by address and name. A row at fault is named, and holds up none of the others; the same
file again changes nothing.
"""

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints, ValidationError

from admit.catalog.catalog import Catalog
from admit.clock import Clock
from admit.faults import faults_of
from admit.ids import derived_id
from admit.job import Job, Outcome, RowFault, RowStatus, create_job, job_body, work_off
from admit.model import Shape, request_hash
from admit.people.edit_person import PersonSettings, add_person
from admit.people.person import Person, person_key
from admit.sheet import Column, Row, Sheet, read_sheet
from admit.store import Table

WORK = "import_persons"
_COLUMNS = [
    Column("email", ("email",), required=True),
    Column("name", ("name",)),
    Column("first_name", ("first_name",)),
    Column("last_name", ("last_name",)),
    Column("company", ("company",)),
    Column("title", ("title",)),
    Column("phone", ("phone",)),
    Column("language", ("language",)),
    Column("role", ("role",)),
    Column("note", ("note",)),
]


_PARTS = {"first_name", "last_name"}


class PersonsRequest(Shape):
    """Persons as CSV. The body has 256 KB at most: split a larger file."""

    csv: Annotated[str, StringConstraints(min_length=1, strip_whitespace=False)]
    dry_run: bool = False


def start_persons(
    table: Table, catalog: Catalog, request: PersonsRequest, key: str, *, created_by: str, now: datetime
) -> Job:
    """Check a file as a whole and store the job that adds its persons, or find it stored by an earlier try.

    Raises Invalid, IdempotencyConflict.
    """
    event = catalog.event
    sheet = read_sheet(request.csv, _COLUMNS)
    job = Job(
        id=derived_id("job", WORK, event.id, key),
        work=WORK,
        organizer_id=event.organizer_id,
        event_id=event.id,
        dry_run=request.dry_run,
        created_by=created_by,
        created_at=now,
        unknown_columns=sheet.unknown,
        total=len(sheet.rows),
        request_hash=request_hash(request),
    )
    return create_job(table, job, request.model_dump_json())


def add_rows(table: Table, job: Job, catalog: Catalog, *, clock: Clock, seconds: float) -> bool:
    """Do a part of the job; say whether there is more to do."""
    request = PersonsRequest.model_validate_json(job_body(table, job))
    sheet = read_sheet(request.csv, _COLUMNS)

    def apply(row: Row) -> Outcome:
        return _added(table, catalog, sheet, row, dry_run=job.dry_run, now=clock())

    return work_off(table, job, sheet.rows, apply, clock=clock, seconds=seconds)


def said_in[S: Shape](model: type[S], row: Row, sheet: Sheet) -> tuple[S | None, list[RowFault]]:
    """Read what a row says of somebody, a first and a last name as one; None with what is wrong with it."""
    if row.fault is not None:
        return None, [RowFault(row=row.number, field="", message=row.fault)]
    cells = {
        name: value
        for name, value in row.cells.items()
        if value and name in _PARTS | model.model_fields.keys()
    }
    first, last = cells.pop("first_name", ""), cells.pop("last_name", "")
    if "name" not in cells and (first or last):
        cells["name"] = f"{first} {last}".strip()
    try:
        return model.model_validate(cells), []
    except ValidationError as error:
        return None, [
            RowFault.of(one, row.number, sheet.headers.get(one.field, one.field)) for one in faults_of(error)
        ]


def _added(
    table: Table, catalog: Catalog, sheet: Sheet, row: Row, *, dry_run: bool, now: datetime
) -> Outcome:
    settings, faults = said_in(PersonSettings, row, sheet)
    if settings is None:
        return Outcome(result=RowStatus.FAILED, code="invalid_input", errors=faults)
    before = table.get(person_key(catalog.event.id, settings))
    if dry_run:
        result = RowStatus.WOULD_CHANGE if before else RowStatus.WOULD_CREATE
        return Outcome(result=result, reference=settings.email)
    person = add_person(table, catalog, settings, now)
    if before is None:
        return Outcome(result=RowStatus.CREATED, reference=person.id)
    same = Person.of(before) == person
    return Outcome(result=RowStatus.UNCHANGED if same else RowStatus.CHANGED, reference=person.id)
