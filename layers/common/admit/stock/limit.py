"""How many units one guest has of something, over all orders."""

from admit import keys
from admit.model import Entity
from admit.store import Key, Update


class Allowance(Entity):
    """Units that one guest takes of a limited scope, and how many he may have in all.

    The guest is an e-mail address as it is compared; the scope a tier, an event or a discount.
    """

    scope: str
    guest: str
    units: int
    most: int

    @property
    def key(self) -> Key:
        return keys.guest_limit(self.scope, self.guest)

    def take(self) -> Update:
        # False when this order and all earlier ones together would exceed what one guest may have.
        within_the_limit = "attribute_not_exists(taken) OR taken <= :room"
        return Update(
            self.key,
            "SET taken = if_not_exists(taken, :none) + :units, kind = :kind",
            condition=within_the_limit,
            values={"room": self.most - self.units, "units": self.units, "none": 0, "kind": "limit"},
        )

    def give_back(self) -> Update:
        # False when it was given back before; the order's own step makes sure that it is not.
        taken = "taken >= :units"
        return Update(self.key, "SET taken = taken - :units", condition=taken, values={"units": self.units})
