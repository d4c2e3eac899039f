"""Accounts: an organizer and its members. Rights come from these items, looked up by a verified e-mail."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from admit import keys
from admit.catalog.event import Seller
from admit.clock import Instant
from admit.errors import Fault, Forbidden, IdempotencyConflict, NotFound
from admit.ids import normal_email
from admit.model import Entity, Name, Shape
from admit.store import Item, Put, Table, TransactionRefused


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    FINANCE = "finance"
    DOOR = "door"


OWNS = frozenset({Role.OWNER})
MANAGES = OWNS | {Role.MANAGER}
HANDLES_MONEY = MANAGES | {Role.FINANCE}
AT_DOOR = MANAGES | {Role.DOOR}
ANY_ROLE = frozenset(Role)


class OrganizerSettings(Shape):
    name: Name


class Organizer(Entity):
    id: str
    name: str
    seller: Seller | None = None
    """Who sells at the events that are made from now on, unless they name another."""
    created_at: Instant
    revision: int = 1
    """Counts the changes of the account and of its members."""

    def put(self) -> Put:
        return Put(keys.organizer(self.id), {"kind": "organizer", **self.attributes()})

    def after(self) -> Put:
        """Return the write that takes the place of the account that was read."""
        return self.model_copy(update={"revision": self.revision + 1}).put().over(self.revision)


class OrganizerView(Shape):
    id: str
    name: str
    seller: Seller | None
    created_at: Instant


class OwnAccount(Shape):
    """An account as one of its members sees it."""

    id: str
    name: str
    created_at: Instant
    role: Role


class Member(Entity):
    organizer_id: str
    email: str
    role: Role
    name: str | None = None
    added_at: Instant | None = None
    added_by: str | None = None
    language: str | None = None
    """In which he is written to that he is a member."""

    def put(self) -> Put:
        """Return the write that stores him as he is; it goes with one of the account's revision."""
        item = {
            "kind": "member",
            **self.attributes(),
            "gsi1pk": keys.organizers_of(self.email),
            "gsi1sk": self.organizer_id,
        }
        return Put(keys.member(self.organizer_id, self.email), item, condition=None)


def found_organizer(
    table: Table,
    settings: OrganizerSettings,
    email: str,
    *,
    founders: frozenset[str],
    organizer_id: str,
    now: datetime,
) -> Organizer:
    """Create an account with its founder as owner. Raises Forbidden unless the deployment lets him."""
    email = normal_email(email)
    if email not in founders:
        raise Forbidden("This deployment does not let this address open an organizer account.")
    organizer = Organizer(id=organizer_id, name=settings.name, created_at=now)
    owner = Member(organizer_id=organizer_id, email=email, role=Role.OWNER, added_at=now)
    try:
        table.transact([organizer.put(), owner.put()])
    except TransactionRefused as refused:
        earlier = Organizer.of(refused.failed.get(0) or {})
        if earlier.name != settings.name:
            raise IdempotencyConflict from refused
        return earlier
    return organizer


def load_organizer(table: Table, organizer_id: str) -> Organizer:
    """Read an account. Raises NotFound."""
    item = table.get(keys.organizer(organizer_id))
    if item is None:
        raise NotFound("There is no such organizer.")
    return Organizer.of(item)


def require_member(table: Table, organizer_id: str, email: str, roles: frozenset[Role]) -> Member:
    """Return the caller's membership. Raises NotFound to a stranger, Forbidden for another role."""
    return member_in_role(table.get(keys.member(organizer_id, email)), roles)


def member_in_role(item: Item | None, roles: frozenset[Role]) -> Member:
    """Return a membership that was read. Raises NotFound where there is none, Forbidden for another role."""
    if item is None:
        raise NotFound
    member = Member.of(item)
    if member.role not in roles:
        raise Forbidden
    return member


def foreign_events(table: Table, organizer_id: str, event_ids: Sequence[str]) -> list[Fault]:
    """Return the faults of a list of events that names some which are not the account's."""
    items = table.get_many([keys.event(event_id) for event_id in event_ids])
    known = {item["id"] for item in items if item["organizer_id"] == organizer_id}
    return [
        Fault(f"event_ids[{at}]", "is not an event of this account")
        for at, event_id in enumerate(event_ids)
        if event_id not in known
    ]


def organizer_view(organizer: Organizer) -> OrganizerView:
    return OrganizerView(**organizer.model_dump(include=set(OrganizerView.model_fields)))


def own_account(organizer: Organizer, role: Role) -> OwnAccount:
    return OwnAccount(id=organizer.id, name=organizer.name, created_at=organizer.created_at, role=role)


def organizers_of(table: Table, email: str) -> list[OwnAccount]:
    """Return the accounts that a person is a member of."""
    page = table.page("gsi1", keys.organizers_of(email), limit=100)
    roles = {member.organizer_id: member.role for member in map(Member.of, page.items)}
    items = table.get_many([keys.organizer(organizer_id) for organizer_id in roles])
    return [own_account(one, roles[one.id]) for one in map(Organizer.of, items)]
