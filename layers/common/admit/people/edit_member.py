"""Members come, go and change their roles; an account keeps an owner.

Each change moves the account's revision on in its own transaction, so that two owners who make each other
something else at once can't both be right. The one that comes second is decided anew on the members as they
are.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from pydantic import ValidationError

from admit import keys
from admit.clock import Instant
from admit.errors import Conflict, Invalid, LastOwner, NotFound
from admit.ids import normal_email
from admit.model import Email, Name, Shape
from admit.people.account import OWNS, Member, Role, load_organizer
from admit.people.saved_view import views_of
from admit.store import Contention, Delete, Table, TransactionRefused, Write

MOST_MEMBERS = 200
_ATTEMPTS = 6


class MemberSettings(Shape):
    role: Role
    name: Name | None = None
    """Left out: as it is."""


class MemberView(Shape):
    email: str
    role: Role
    name: str | None
    added_at: Instant | None
    added_by: str | None


class _Address(Shape):
    email: Email


type Decide[T] = Callable[[Mapping[str, Member]], tuple[T, Sequence[Write]]]


def member_view(member: Member) -> MemberView:
    return MemberView(**member.model_dump(include=set(MemberView.model_fields)))


def members_of(table: Table, organizer_id: str) -> list[Member]:
    """Return the members of an account: by rank, then by address."""
    ranks = list(Role)
    members = [Member.of(item) for item in table.query(*keys.members(organizer_id))]
    return sorted(members, key=lambda member: (ranks.index(member.role), member.email))


def set_member(
    table: Table,
    organizer_id: str,
    email: str,
    settings: MemberSettings,
    *,
    by: str,
    now: datetime,
    language: str | None = None,
) -> Member:
    """Take somebody in, or change his role.

    `language` is the one in which a new member is written to. Raises Invalid, LastOwner, Conflict, NotFound,
    Contention.
    """
    try:
        address = normal_email(_Address(email=email).email)
    except ValidationError as exc:
        raise Invalid.field("email", "is not an e-mail address") from exc

    def decide(members: Mapping[str, Member]) -> tuple[Member, Sequence[Write]]:
        present = members.get(address)
        if present is None and len(members) >= MOST_MEMBERS:
            raise Conflict(f"An account has {MOST_MEMBERS} members at most; take one off first.")
        known = present or Member(
            organizer_id=organizer_id,
            email=address,
            role=settings.role,
            added_at=now,
            added_by=by,
            language=language,
        )
        member = known.model_copy(
            update={"role": settings.role, "name": settings.name if settings.name else known.name}
        )
        _require_owner({**members, address: member})
        return member, [] if member == present else [member.put()]

    return _change(table, organizer_id, decide)


def remove_member(table: Table, organizer_id: str, email: str) -> None:
    """Take somebody off an account, with the filters that he alone sees.

    Raises NotFound, LastOwner, Contention.
    """
    address = normal_email(email)

    def decide(members: Mapping[str, Member]) -> tuple[None, Sequence[Write]]:
        member = members.get(address)
        if member is None:
            raise NotFound("The account has no such member.")
        _require_owner({known: one for known, one in members.items() if known != address})
        own = [view for view in views_of(table, organizer_id) if view.by == address and not view.shared]
        gone = [keys.member(organizer_id, address), *(keys.saved_view(organizer_id, view.id) for view in own)]
        return None, [Delete(key) for key in gone]

    _change(table, organizer_id, decide)


def _require_owner(members: Mapping[str, Member]) -> None:
    if not any(member.role in OWNS for member in members.values()):
        raise LastOwner


def _change[T](table: Table, organizer_id: str, decide: Decide[T]) -> T:
    """Decide on the members of an account and write that; they are read after the account is."""
    for _ in range(_ATTEMPTS):
        organizer = load_organizer(table, organizer_id)
        result, writes = decide({member.email: member for member in members_of(table, organizer_id)})
        if not writes:
            return result
        try:
            table.transact([organizer.after(), *writes])
        except TransactionRefused:
            continue
        return result
    raise Contention
