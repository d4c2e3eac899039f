"""Relays come and go; a company that has any has exactly one primary.

Each change moves the company's revision on in its own transaction, so that two changes at once can't each be
right and leave two primaries, or none. The one that comes second is decided anew on the relays as they are.
"""

from collections.abc import Callable, Mapping, Sequence

from pydantic import ValidationError

from admit import keys
from admit.errors import Conflict, Forbidden, Invalid, NotFound, PrimaryRelay
from admit.ids import normal_email
from admit.model import Name, Shape
from admit.people.company import Company, Relay, load_company, relays_of
from admit.store import Contention, Delete, Table, TransactionRefused, Write

MOST_RELAYS = 100
_ATTEMPTS = 6


class RelaySettings(Shape):
    name: Name
    primary: bool | None = None
    """Left out: as it is. The first relay of a company is primary whatever is said."""


class RelayView(Shape):
    company_id: str
    email: str
    name: str
    primary: bool


type Decide[T] = Callable[[Mapping[str, Relay]], tuple[T, Sequence[Write]]]


def relay_view(relay: Relay) -> RelayView:
    return RelayView(**relay.model_dump())


def set_relay(
    table: Table, company: Company, email: str, settings: RelaySettings, *, acting: str | None = None
) -> Relay:
    """Let a person act for a company, or change how; a new primary takes the place of the one before.

    `acting` is the relay who does it, if it is none of the organizer. Raises Invalid, Forbidden,
    PrimaryRelay, Conflict, Contention.
    """
    try:
        named = Relay(company_id=company.id, email=normal_email(email), name=settings.name)
    except ValidationError as exc:
        raise Invalid.field("email", "is not an e-mail address") from exc

    def decide(relays: Mapping[str, Relay]) -> tuple[Relay, Sequence[Write]]:
        present = relays.get(named.email)
        others = [relay for relay in relays.values() if relay.email != named.email]
        if present is None and len(relays) >= MOST_RELAYS:
            raise Conflict(f"A company has {MOST_RELAYS} relays at most; take one off first.")
        is_primary = present is not None and present.primary
        if is_primary and settings.primary is False and others:
            raise PrimaryRelay
        relay = named.model_copy(update={"primary": is_primary or settings.primary is True or not others})
        if relay == present:
            return relay, []
        unmade = [
            other.model_copy(update={"primary": False}) for other in others if relay.primary and other.primary
        ]
        return relay, [one.put() for one in (relay, *unmade)]

    return _change(table, company, acting, decide)


def remove_relay(table: Table, company: Company, email: str, *, acting: str | None = None) -> None:
    """Let a person act for a company no more.

    Raises NotFound, Forbidden, PrimaryRelay for the primary one while there are others, Contention.
    """
    address = normal_email(email)

    def decide(relays: Mapping[str, Relay]) -> tuple[None, Sequence[Write]]:
        relay = relays.get(address)
        if relay is None:
            raise NotFound("This company has no such relay.")
        if relay.primary and len(relays) > 1:
            raise PrimaryRelay
        return None, [Delete(keys.relay(company.id, relay.email))]

    _change(table, company, acting, decide)


def _change[T](table: Table, company: Company, acting: str | None, decide: Decide[T]) -> T:
    """Decide on the relays of a company and write that; they are read after the company is."""
    for attempt in range(_ATTEMPTS):
        if attempt:
            company = load_company(table, company.id)
        relays = {relay.email: relay for relay in relays_of(table, company.id)}
        if acting is not None:
            _require_primary(relays.get(normal_email(acting)))
        result, writes = decide(relays)
        if not writes:
            return result
        try:
            table.transact([company.after(), *writes])
        except TransactionRefused:
            continue
        return result
    raise Contention


def _require_primary(relay: Relay | None) -> None:
    if relay is None:
        raise NotFound
    if not relay.primary:
        raise Forbidden("Only the primary relay of a company says who else acts for it.")
