"""A company is entered and changed."""

from datetime import datetime

from admit.errors import IdempotencyConflict, Invalid
from admit.model import merged, request_hash
from admit.people.company import Company, CompanyPatch, CompanySettings, load_company
from admit.people.switches import SWITCHES, Switches, faults_of_switches
from admit.store import ConditionFailed, Contention, Table

_ATTEMPTS = 6


def create_company(
    table: Table,
    organizer_id: str,
    settings: CompanySettings,
    deployment: Switches,
    *,
    company_id: str,
    now: datetime,
) -> Company:
    """Enter a company; the same request again answers what has become of it.

    Raises Invalid, IdempotencyConflict.
    """
    _require_sound(settings, settings, deployment)
    company = Company(
        id=company_id,
        organizer_id=organizer_id,
        created_at=now,
        request_hash=request_hash(settings),
        **dict(settings),
    )
    try:
        table.write(company.put())
    except ConditionFailed as failed:
        earlier = Company.of(failed.old or {})
        if earlier.request_hash != company.request_hash:
            raise IdempotencyConflict from failed
        return earlier
    return company


def edit_company(table: Table, company: Company, patch: CompanyPatch, deployment: Switches) -> Company:
    """Change a company. Raises Invalid, Contention."""
    for attempt in range(_ATTEMPTS):
        if attempt:
            company = load_company(table, company.id)
        settings = merged(CompanySettings, company.model_dump(), patch)
        _require_sound(settings, patch, deployment)
        edited = company.model_copy(update=dict(settings))
        try:
            return Company.of(table.write(edited.after()))
        except ConditionFailed:
            continue
    raise Contention


def _require_sound(settings: CompanySettings, asked: CompanyPatch, deployment: Switches) -> None:
    """Refuse switches that can't hold together; what isn't asked for is passed. Raises Invalid."""
    if asked.model_fields_set & SWITCHES and (faults := faults_of_switches(settings, deployment)):
        raise Invalid(faults=faults)
