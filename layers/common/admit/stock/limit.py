"""How many units one guest has of something, over all orders."""

from admit import keys
from admit.model import Entity
from admit.store import Key, Update


class Allowance(Entity):
    """Units that one guest takes of a scope, and how many he may have in all, if that is limited.

    The guest is an e-mail address as it is compared; the scope a tier, an event or a discount. They are
    counted without a limit too: one that is set later holds for what was taken before.
    """

    scope: str
    guest: str
    units: int
    most: int | None = None

    @property
    def key(self) -> Key:
        return keys.guest_limit(self.scope, self.guest)

    def take(self) -> Update:
        count = "SET taken = if_not_exists(taken, :none) + :units, kind = :kind"
        values = {"units": self.units, "none": 0, "kind": "limit"}
        if self.most is None:
            return Update(self.key, count, condition=None, values=values)
        room = self.most - self.units
        # False when this order and all earlier ones together would exceed what one guest may have.
        within_the_limit = "taken <= :room"
        if room >= 0:
            within_the_limit = f"attribute_not_exists(taken) OR {within_the_limit}"
        return Update(self.key, count, condition=within_the_limit, values=values | {"room": room})

    def give_back(self) -> Update:
        # False when it was given back before; the order's own step makes sure that it is not.
        taken = "taken >= :units"
        return Update(self.key, "SET taken = taken - :units", condition=taken, values={"units": self.units})
