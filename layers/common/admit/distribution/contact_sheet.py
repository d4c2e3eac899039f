"""An address book comes from a spreadsheet, and goes out as one.

Each row is a contact by his address. A cell that is empty, or not there, leaves what is known as it is; so an
export that comes back changes nothing. A row at fault is named, and holds up none of the others.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from pydantic import StringConstraints, ValidationError

from admit import keys
from admit.clock import Clock, stamp
from admit.distribution.contact import (
    AboutContact,
    Book,
    Contact,
    ContactPatch,
    ContactSettings,
    contact_at,
    open_book,
)
from admit.distribution.edit_contact import create_contact, edit_contact, edited, new_contact
from admit.errors import AddressBookOff, Fault, Invalid, NotFound, TooLarge
from admit.faults import FaultCode, faults_of
from admit.ids import derived_id, normal_email
from admit.job import Job, Outcome, RowFault, RowStatus, create_job, fail, job_body, work_off
from admit.model import Shape, request_hash
from admit.people.switches import Switches
from admit.sheet import Column, Row, Sheet, read_sheet, written
from admit.store import Table

WORK = "import_contacts"
# Lambda answers 6 MB at most, and JSON around a file takes some of it.
_MOST_EXPORTED = 5_000_000
_COLUMNS = [
    Column(
        "email",
        (
            *(
                "email",
                "e-mail",
                "mail",
                "email address",
                "e-mail address",
                "primary email",
                "e-mail 1 - value",
            ),
            *("e-mail-adresse", "mailadresse", "adresse e-mail", "courriel", "e-post", "e-postadresse"),
        ),
        required=True,
    ),
    Column(
        "first_name",
        ("first_name", "first name", "firstname", "given name", "vorname", "prénom", "prenom", "fornavn"),
    ),
    Column(
        "last_name",
        (
            *("last_name", "last name", "lastname", "surname", "family name", "nachname", "familienname"),
            *("nom", "nom de famille", "etternavn"),
        ),
    ),
    Column(
        "name",
        ("name", "full name", "display name", "vollständiger name", "anzeigename", "nom complet", "navn"),
    ),
    Column(
        "company", ("company", "organization", "organisation", "firma", "entreprise", "société", "bedrift")
    ),
    Column("title", ("title", "job title", "position", "titel", "fonction", "titre", "tittel", "stilling")),
    Column(
        "phone",
        (
            *("phone", "phone number", "mobile phone", "mobile", "telephone", "phone 1 - value", "telefon"),
            *("telefonnummer", "mobiltelefon", "téléphone", "mobil"),
        ),
    ),
    Column("language", ("language", "sprache", "langue", "språk")),
    Column("tags", ("tags", "labels", "categories", "schlagwörter", "kategorien", "étiquettes", "etiketter")),
    Column("notes", ("notes", "note", "notizen", "bemerkungen", "remarques", "notater", "merknader")),
    Column("consent", ("consent", "einwilligung", "consentement", "samtykke")),
    Column("consent_at", ("consent_at",)),
    Column("consent_note", ("consent_note",)),
]
_EXPORTED = [column.name for column in _COLUMNS if column.name != "name"]
_YES = {"yes", "y", "true", "1", "x", "ja", "j", "oui", "o"}
_NO = {"no", "n", "false", "0", "nein", "nei", "non"}
_SIMPLE = ("email", "first_name", "last_name", "company", "title", "phone", "language", "notes")


class _Said(NamedTuple):
    """What a row says of a contact, or what is wrong with it."""

    row: int
    about: AboutContact | None
    faults: Sequence[RowFault]


class ContactsRequest(Shape):
    """Contacts as CSV. The body has 256 KB at most: split a larger file."""

    csv: Annotated[str, StringConstraints(min_length=1, strip_whitespace=False)]
    dry_run: bool = False


def start_contacts(table: Table, book: Book, request: ContactsRequest, key: str, *, now: datetime) -> Job:
    """Check a file as a whole and store the job that takes its contacts, or find it stored by an earlier try.

    Raises Invalid, IdempotencyConflict.
    """
    sheet = read_sheet(request.csv, _COLUMNS)
    job = Job(
        id=derived_id("job", WORK, book.company.id, key),
        work=WORK,
        organizer_id=book.company.organizer_id,
        event_id="",
        owner=book.company.id,
        dry_run=request.dry_run,
        created_by=book.relay,
        created_at=now,
        unknown_columns=sheet.unknown,
        total=len(sheet.rows),
        request_hash=request_hash(request),
    )
    return create_job(table, job, request.model_dump_json())


def import_rows(table: Table, job: Job, deployment: Switches, *, clock: Clock, seconds: float) -> bool:
    """Do a part of the job; say whether there is more to do. It fails when its relay may not any more."""
    try:
        open_book(table, job.owner or "", deployment, relay=job.created_by)
    except (NotFound, AddressBookOff) as refused:
        fail(table, job, refused.detail, clock)
        return False
    request = ContactsRequest.model_validate_json(job_body(table, job))
    sheet = read_sheet(request.csv, _COLUMNS)
    said = [_said(row, sheet) for row in sheet.rows]
    last = {normal_email(one.about.email or ""): one.row for one in said if one.about}

    def apply(one: _Said) -> Outcome:
        return _imported(table, job, sheet, one, last, now=clock())

    return work_off(table, job, said, apply, clock=clock, seconds=seconds)


def exported_contacts(contacts: Iterable[Contact]) -> str:
    """Return contacts as CSV. Raises TooLarge for more than an answer holds."""
    text = written([_EXPORTED, *(_record(contact) for contact in contacts)])
    if len(text.encode()) > _MOST_EXPORTED:
        raise TooLarge("These are too many contacts for one file; export them tag by tag.")
    return text


def all_contacts(table: Table, company_id: str, tag: str | None) -> list[Contact]:
    """Return a company's contacts, all or those with a tag, by last name."""
    contacts = (Contact.of(item) for item in table.query(*keys.contacts(company_id)))
    wanted = [one for one in contacts if tag is None or one.has_tag(tag)]
    return sorted(wanted, key=lambda one: (one.listed_as, one.id))


def _record(contact: Contact) -> list[str]:
    consent = contact.consent
    return [
        contact.email,
        contact.first_name,
        contact.last_name,
        contact.company or "",
        contact.title or "",
        contact.phone or "",
        contact.language or "",
        "; ".join(contact.tags),
        contact.notes,
        ("yes" if consent.given else "no") if consent else "",
        stamp(consent.at) if consent else "",
        consent.note if consent else "",
    ]


def _imported(
    table: Table, job: Job, sheet: Sheet, said: _Said, last: Mapping[str, int], *, now: datetime
) -> Outcome:
    if said.about is None:
        return _failed(said.faults)
    email = said.about.email or ""
    holds = last[normal_email(email)]
    if holds != said.row:
        message = f"row {holds} has this address as well, and holds"
        fault = RowFault(row=said.row, field=sheet.headers["email"], message=message)
        return Outcome(result=RowStatus.SKIPPED, reference=email, errors=[fault])
    try:
        return _kept(table, job, said, said.about, now=now)
    except Invalid as refused:
        return _failed([_fault(said.row, sheet, one) for one in refused.faults])


def _kept(table: Table, job: Job, said: _Said, about: AboutContact, *, now: datetime) -> Outcome:
    """Add or change the contact that a row is about, or say whether that would be done. Raises Invalid."""
    company_id = job.owner or ""
    contact_id = derived_id("contact", job.id, str(said.row))
    found = contact_at(table, company_id, about.email or "")
    given = about.model_dump(exclude_unset=True)
    if found is None:
        settings = ContactSettings(**given)
        if job.dry_run:
            new_contact(company_id, settings, contact_id=contact_id, now=now)
            return Outcome(result=RowStatus.WOULD_CREATE, reference=about.email)
        added = create_contact(table, company_id, settings, contact_id=contact_id, now=now)
        return Outcome(result=RowStatus.CREATED, reference=added.id)
    if job.dry_run:
        same = edited(found, about, now) == found
        return Outcome(result=RowStatus.UNCHANGED if same else RowStatus.WOULD_CHANGE, reference=found.id)
    after = edit_contact(table, company_id, found.id, ContactPatch(**given), now=now)
    # A row whose worker died after it was done is told as what it has done.
    was_added = after.id == contact_id and after.version == 1
    same = after.version == found.version
    result = RowStatus.CREATED if was_added else RowStatus.UNCHANGED if same else RowStatus.CHANGED
    return Outcome(result=result, reference=found.id)


def _said(row: Row, sheet: Sheet) -> _Said:
    """Read what a row says of somebody, or what is wrong with it."""
    if row.fault is not None:
        return _Said(row.number, None, [RowFault(row=row.number, field="", message=row.fault)])
    first, last = _names(row.cells)
    cells: dict[str, Any] = {name: row.cells.get(name, "") for name in _SIMPLE}
    cells |= {"first_name": first, "last_name": last, "tags": list(_tags(row.cells.get("tags", "")))}
    given = {name: value for name, value in cells.items() if value}
    try:
        if consent := row.cells.get("consent"):
            given["consent"] = _consent(consent, row.cells)
        return _Said(row.number, AboutContact(email=given.pop("email", ""), **given), [])
    except ValidationError as error:
        return _Said(row.number, None, [_fault(row.number, sheet, one) for one in faults_of(error)])
    except Invalid as refused:
        return _Said(row.number, None, [_fault(row.number, sheet, one) for one in refused.faults])


def _names(cells: Mapping[str, str]) -> tuple[str, str]:
    """Return a first and a last name; beside a first name, a column called name has the last one."""
    first, last, whole = (cells.get(column, "") for column in ("first_name", "last_name", "name"))
    if last or not whole:
        return first, last
    if first:
        return first, whole.removeprefix(f"{first} ").strip()
    if "," in whole:
        last, _, first = whole.partition(",")
    else:
        first, _, last = whole.rpartition(" ")
    return first.strip(), last.strip()


def _tags(cell: str) -> Iterator[str]:
    for tag in re.split("[;,]", cell):
        if tag.strip():
            yield tag.strip()


def _consent(cell: str, cells: Mapping[str, str]) -> dict[str, Any]:
    """Read whether somebody agrees to be mailed. Raises Invalid."""
    given = cell.casefold()
    if given not in _YES | _NO:
        raise Invalid(faults=[Fault("consent", "is neither yes nor no", FaultCode.NOT_YES_OR_NO)])
    at = cells.get("consent_at", "")
    day = re.fullmatch(r"\d{4}-\d{2}-\d{2}", at)
    when = {"at": f"{at}T00:00:00Z" if day else at} if at else {}
    return {"given": given in _YES, "note": cells.get("consent_note", ""), **when}


def _failed(faults: Sequence[RowFault]) -> Outcome:
    return Outcome(result=RowStatus.FAILED, code=Invalid.code, errors=list(faults))


def _fault(row: int, sheet: Sheet, fault: Fault) -> RowFault:
    """Name the cell at fault as the file does: `consent.at` stands under consent_at, `tags[2]` under tags."""
    column = fault.field.replace(".", "_").partition("[")[0]
    return RowFault.of(fault, row, sheet.headers.get(column, fault.field))
