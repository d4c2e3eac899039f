"""What the functions for devices at doors share: which device calls, and at which event it stands."""

from typing import Annotated, NamedTuple

from aws_lambda_powertools.event_handler.openapi.params import Header

from admit.aws.settings import workshop
from admit.catalog.catalog import Catalog
from admit.door.device import Device

Authorization = Annotated[str, Header(description="Bearer and the device's key will do, too.")]


class AtDoor(NamedTuple):
    catalog: Catalog
    device: Device


def at_door(key: str, authorization: str) -> AtDoor:
    """Return the device whose key came with a request, and its event. Raises Unauthenticated."""
    device = workshop().devices.get(key or authorization.removeprefix("Bearer "))
    return AtDoor(workshop().catalogs.by_id(device.event_id), device)
