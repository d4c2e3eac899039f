"""Companies: partners and clients of an organizer, and the relays who act for them."""

from datetime import datetime

from pydantic import ValidationError

from admit import keys
from admit.clock import Instant
from admit.errors import IdempotencyConflict, Invalid, NotFound
from admit.ids import normal_email
from admit.model import Email, Entity, Name, Shape
from admit.store import ConditionFailed, Put, Table


class CompanySettings(Shape):
    name: Name


class Company(Entity):
    id: str
    organizer_id: str
    name: str
    created_at: Instant


class RelaySettings(Shape):
    name: Name
    primary: bool = False


class Relay(Entity):
    """A natural person who acts for a company; the primary one manages the others."""

    company_id: str
    email: Email
    name: str
    primary: bool = False


def create_company(
    table: Table, organizer_id: str, settings: CompanySettings, *, company_id: str, now: datetime
) -> Company:
    company = Company(id=company_id, organizer_id=organizer_id, name=settings.name, created_at=now)
    indexes = {"gsi1pk": keys.companies_of(organizer_id), "gsi1sk": f"{company.name.casefold()}#{company.id}"}
    try:
        table.write(Put(keys.company(company_id), {"kind": "company", **company.attributes(), **indexes}))
    except ConditionFailed as failed:
        return _same_company(company, Company.of(failed.old or {}), failed)
    return company


def _same_company(sent: Company, stored: Company, failed: ConditionFailed) -> Company:
    if stored.name != sent.name:
        raise IdempotencyConflict from failed
    return stored


def company_of(table: Table, organizer_id: str, company_id: str) -> Company:
    """Return a company of this organizer. Raises NotFound."""
    item = table.get(keys.company(company_id))
    if item is None or item["organizer_id"] != organizer_id:
        raise NotFound("There is no such company.")
    return Company.of(item)


def set_relay(table: Table, company: Company, email: str, settings: RelaySettings) -> Relay:
    """Let a person act for a company, or change how. Raises Invalid."""
    try:
        relay = Relay(company_id=company.id, email=normal_email(email), **dict(settings))
    except ValidationError as exc:
        raise Invalid.field("email", "is not an e-mail address") from exc
    indexes = {"gsi1pk": keys.relays_of(relay.email), "gsi1sk": company.id}
    item = {"kind": "relay", **relay.attributes(), **indexes}
    table.write(Put(keys.relay(company.id, relay.email), item, condition=None))
    return relay


def require_relay(table: Table, company_id: str, email: str) -> Relay:
    """Return the caller as relay of this company. To a stranger the company does not exist: NotFound."""
    item = table.get(keys.relay(company_id, email))
    if item is None:
        raise NotFound
    return Relay.of(item)
