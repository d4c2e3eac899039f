"""Accounts: an organizer and its members. Rights come from these items, looked up by a verified e-mail."""

from datetime import datetime
from enum import StrEnum

from admit import keys
from admit.clock import Instant
from admit.errors import Forbidden, IdempotencyConflict, NotFound
from admit.ids import normal_email
from admit.model import Entity, Name, Shape
from admit.store import Put, Table, TransactionRefused


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    FINANCE = "finance"
    DOOR = "door"


MANAGES = frozenset({Role.OWNER, Role.MANAGER})
HANDLES_MONEY = MANAGES | {Role.FINANCE}
AT_DOOR = MANAGES | {Role.DOOR}
ANY_ROLE = frozenset(Role)


class OrganizerSettings(Shape):
    name: Name


class Organizer(Entity):
    id: str
    name: str
    created_at: Instant


class Member(Entity):
    organizer_id: str
    email: str
    role: Role

    def put(self) -> Put:
        return Put(
            keys.member(self.organizer_id, self.email),
            {
                "kind": "member",
                **self.attributes(),
                "gsi1pk": keys.organizers_of(self.email),
                "gsi1sk": self.organizer_id,
            },
        )


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
    account = Put(keys.organizer(organizer_id), {"kind": "organizer", **organizer.attributes()})
    try:
        table.transact([account, Member(organizer_id=organizer_id, email=email, role=Role.OWNER).put()])
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
    item = table.get(keys.member(organizer_id, email))
    if item is None:
        raise NotFound
    member = Member.of(item)
    if member.role not in roles:
        raise Forbidden
    return member


def organizers_of(table: Table, email: str) -> list[Organizer]:
    """Return the accounts that a person is a member of."""
    page = table.page("gsi1", keys.organizers_of(email), limit=100)
    members = [Member.of(item) for item in page.items]
    items = table.get_many([keys.organizer(member.organizer_id) for member in members])
    return [Organizer.of(item) for item in items]
