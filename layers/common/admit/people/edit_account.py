"""An account is changed; where its money goes is said by an owner."""

from admit.catalog.event import Seller
from admit.catalog.seller import paid_to
from admit.errors import Forbidden
from admit.model import Name, Shape, merged
from admit.people.account import OWNS, Organizer, Role, load_organizer
from admit.store import ConditionFailed, Contention, Table

_ATTEMPTS = 6


class AccountPatch(Shape):
    """The fields of an account that may be changed; one that is left out stays as it is."""

    name: Name | None = None
    seller: Seller | None = None
    """Who sells at the events that are made from now on, unless they name another: who stands on their
    invoices and to whose bank account these are paid, which an owner alone changes."""


class _Account(AccountPatch):
    name: Name


def edit_account(table: Table, organizer_id: str, patch: AccountPatch, role: Role) -> Organizer:
    """Change an account for somebody in this role. Raises Invalid, NotFound, Forbidden, Contention."""
    for _ in range(_ATTEMPTS):
        organizer = load_organizer(table, organizer_id)
        settings = merged(_Account, organizer.model_dump(), patch)
        if paid_to(settings.seller) != paid_to(organizer.seller) and role not in OWNS:
            raise Forbidden("Only an owner changes the bank account.")
        edited = organizer.model_copy(update=dict(settings))
        if edited == organizer:
            return organizer
        try:
            return Organizer.of(table.write(edited.after()))
        except ConditionFailed:
            continue
    raise Contention
