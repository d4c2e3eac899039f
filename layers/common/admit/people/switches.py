"""What a company may do with its tickets: its address book, the distribution portal, taking tickets back.

The deployment says it for all companies, and an organizer otherwise for one of his.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from admit.errors import AddressBookOff, DistributionOff, Fault
from admit.model import Shape


class TakeBack(StrEnum):
    """Who may take tickets back from those who have them, beside the organizer, who always may."""

    OFF = "off"
    """Nobody."""
    RELAY = "relay"
    """The relays of the company that owns them."""
    RELAY_AND_PUBLIC = "relay_and_public"
    """Also buyers, by their order."""

    @property
    def reach(self) -> int:
        """How much it allows, beside the others."""
        return list(TakeBack).index(self)


class Switches(Shape):
    """What holds for a company, or for those who act for none."""

    address_book_enabled: bool = True
    distribution_enabled: bool = True
    take_back: TakeBack = TakeBack.RELAY_AND_PUBLIC
    """Tickets that somebody has got."""
    take_back_downloaded: TakeBack = TakeBack.RELAY_AND_PUBLIC
    """Tickets whose code he has opened or downloaded, too."""


class OwnSwitches(Protocol):
    """What an organizer says of one company; None is as the deployment says."""

    @property
    def address_book_enabled(self) -> bool | None: ...
    @property
    def distribution_enabled(self) -> bool | None: ...
    @property
    def take_back(self) -> TakeBack | None: ...
    @property
    def take_back_downloaded(self) -> TakeBack | None: ...


SWITCHES = frozenset(Switches.model_fields)


def switches_of(company: OwnSwitches | None, deployment: Switches) -> Switches:
    """Return what holds for a company: what is said of itself, and else of all; None is no company.

    There is no portal without an address book, and a ticket that was downloaded is taken back under no more
    than one that was not.
    """
    own = {name: value for name in SWITCHES if (value := getattr(company, name, None)) is not None}
    said = deployment.model_copy(update=own)
    return said.model_copy(
        update={
            "distribution_enabled": said.distribution_enabled and said.address_book_enabled,
            "take_back_downloaded": min(said.take_back_downloaded, said.take_back, key=_reach),
        }
    )


def faults_of_switches(company: OwnSwitches, deployment: Switches) -> Sequence[Fault]:
    """Return what of a company's own switches can't hold beside the others."""
    effective = switches_of(company, deployment)
    faults = []
    if company.distribution_enabled and not effective.address_book_enabled:
        faults.append(Fault("distribution_enabled", _BOOK_MISSING))
    downloaded = company.take_back_downloaded
    if downloaded is not None and downloaded != effective.take_back_downloaded:
        message = f"can't be above take_back, which is {effective.take_back}"
        faults.append(Fault("take_back_downloaded", message))
    return faults


def require_address_book(switches: Switches) -> None:
    """Raise AddressBookOff for a company that has none."""
    if not switches.address_book_enabled:
        raise AddressBookOff


def require_distribution(switches: Switches) -> None:
    """Raise DistributionOff for a company without the portal, or without the address book that it needs."""
    if not switches.address_book_enabled:
        raise DistributionOff(_NEEDS_BOOK)
    if not switches.distribution_enabled:
        raise DistributionOff


_NEEDS_BOOK = "The distribution portal needs the address book, which is not enabled; ask the organizer."
_BOOK_MISSING = "is on and needs the address book, which is off: set address_book_enabled, or turn this off"


def _reach(right: TakeBack) -> int:
    return right.reach
