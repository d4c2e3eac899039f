"""The door: a device is paired once, and each scan is one conditional write."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Header

from admit import clock
from admit.aws.http import AccessKey, Api
from admit.aws.settings import workshop
from admit.door.admit import Scan, ScanRequest, admit
from admit.door.device import PairedDevice, PairRequest, pair, paired_device

app = Api()


@app.post("/checkin/pair", status_code=201)
def pair_device(request: PairRequest) -> PairedDevice:
    device, key = pair(workshop().table, request.code, clock.now())
    return paired_device(device, key, workshop().catalogs.by_id(device.event_id))


@app.post("/checkin/scans")
def scan(
    request: ScanRequest,
    key: AccessKey = "",
    authorization: Annotated[str, Header(description="Bearer and the device's key will do, too.")] = "",
) -> Scan:
    shop = workshop()
    device = shop.devices.get(key or authorization.removeprefix("Bearer "))
    return admit(shop.table, shop.catalogs.by_id(device.event_id), device, request, clock.now())


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)
