"""The door: a device is paired once, each scan is one conditional write, and what was decided without a
network is brought in later."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from admit import clock
from admit.aws.door import Authorization, at_door
from admit.aws.http import AccessKey, Api, Listing
from admit.aws.settings import workshop
from admit.door.admit import ScanRequest, admit
from admit.door.answer import Scan
from admit.door.device import PairedDevice, PairRequest, pair, paired_device
from admit.door.group import Group, GroupRequest, GroupScans, admit_group, group_of
from admit.door.look import SeenTicket
from admit.door.roster_view import RosterAddress, RosterView, roster_file, view_roster
from admit.door.sync import Synced, SyncRequest, sync
from admit.door.undo import Undone, UndoRequest, undo
from admit.insight.door import DoorStats, Heartbeat, door_stats
from admit.insight.ticket_search import search_tickets

app = Api()

Waiting = Annotated[int | None, Query(ge=0, le=1_000_000, description="Scans that are not sent yet.")]
Battery = Annotated[int | None, Query(ge=0, le=100, description="In percent.")]
ClockOffset = Annotated[int | None, Query(ge=-(10**12), le=10**12)]
ListQuery = Annotated[str | None, Query(max_length=40, description="One of the device's; without it any.")]
RosterCursor = Annotated[str | None, Query(max_length=64, description="Of the roster that it has.")]


@app.post("/checkin/pair", status_code=201)
def pair_device(request: PairRequest) -> PairedDevice:
    device, key = pair(workshop().table, request.code, clock.now())
    return paired_device(device, key, workshop().catalogs.by_id(device.event_id))


@app.post("/checkin/scans")
def scan(request: ScanRequest, key: AccessKey = "", authorization: Authorization = "") -> Scan:
    catalog, device = at_door(key, authorization)
    return admit(workshop().table, catalog, device, request, clock.now())


@app.post("/checkin/sync")
def sync_scans(request: SyncRequest, key: AccessKey = "", authorization: Authorization = "") -> Synced:
    catalog, device = at_door(key, authorization)
    return sync(workshop().table, catalog, device, request, clock.now())


@app.post("/checkin/undo")
def undo_scan(request: UndoRequest, key: AccessKey = "", authorization: Authorization = "") -> Undone:
    catalog, device = at_door(key, authorization)
    return undo(workshop().table, catalog, device, request, clock.now())


@app.get("/checkin/tickets/<ticket_id>")
def read_group(
    ticket_id: str, list_id: ListQuery = None, key: AccessKey = "", authorization: Authorization = ""
) -> Group:
    catalog, device = at_door(key, authorization)
    return group_of(workshop().table, catalog, device, ticket_id, list_id=list_id, now=clock.now())


@app.post("/checkin/group")
def scan_group(request: GroupRequest, key: AccessKey = "", authorization: Authorization = "") -> GroupScans:
    catalog, device = at_door(key, authorization)
    return admit_group(workshop().table, catalog, device, request, clock.now())


@app.get("/checkin/search")
def search(
    q: Annotated[str, Query(min_length=1, max_length=200, description="A name, address, company or code.")],
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    list_id: ListQuery = None,
    key: AccessKey = "",
    authorization: Authorization = "",
) -> Listing[SeenTicket]:
    catalog, device = at_door(key, authorization)
    now = clock.now()
    found = search_tickets(workshop().table, catalog, device, q, limit=limit, now=now, list_id=list_id)
    return Listing(items=found, cursor=None)


@app.get("/checkin/roster")
def read_roster(
    since: Annotated[str | None, Query(max_length=20)] = None,
    key: AccessKey = "",
    authorization: Authorization = "",
) -> RosterView:
    catalog, device = at_door(key, authorization)
    return view_roster(workshop().table, catalog, device, since, clock.now())


@app.get("/checkin/roster/<name>")
def read_roster_file(
    name: str, key: AccessKey = "", authorization: Authorization = ""
) -> Response[RosterAddress]:
    # Not a redirect: with it a browser would send the device's key on to the bucket.
    _, device = at_door(key, authorization)
    address = RosterAddress(url=workshop().bucket.address(roster_file(device, name)))
    return Response(200, "application/json", address)


@app.get("/checkin/stats")
def read_stats(
    *,
    waiting: Waiting = None,
    battery: Battery = None,
    clock_offset_ms: ClockOffset = None,
    roster: RosterCursor = None,
    key: AccessKey = "",
    authorization: Authorization = "",
) -> DoorStats:
    catalog, device = at_door(key, authorization)
    beat = Heartbeat(waiting=waiting, battery=battery, clock_offset_ms=clock_offset_ms, roster=roster)
    return door_stats(workshop().table, catalog, device, beat, clock.now())


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)
