"""The door, on a phone."""

from playwright.sync_api import expect

from tests.e2e.clients import Json
from tests.e2e.pages.gallery.scene import Scene, state
from tests.e2e.pages.test_door import codes_of, next_guest, pair, scan, wait_until_ready

# What a browser at a door says of a network that is away, and of what is refused there.
AT_THE_DOOR = ("net::ERR_", "status of 4")


def _pair(scene: Scene, **settings: object) -> Json:
    world = scene.world
    return pair(scene.page, world.organizer, world.fair.event, "North 2", **settings)


@state()
def door_pairing(scene: Scene) -> None:
    scene.open("/work/door")
    scene.see("pairing")


@state(*AT_THE_DOOR)
def door_pairing_wrong(scene: Scene) -> None:
    door_pairing(scene)
    scene.at("pair-code").fill("hello")
    scene.at("pair-go").click()
    scene.see("pair-wrong")


@state(*AT_THE_DOOR)
def door_desk(scene: Scene) -> None:
    _pair(scene)


@state(*AT_THE_DOOR, workers=True)
def door_refused(scene: Scene) -> None:
    """Somebody shows a code with which somebody has gone in."""
    [code] = codes_of(scene.world.shop, scene.world.fair.event, 1)
    _pair(scene, profile="supervisor")
    wait_until_ready(scene.page)
    scan(scene.page, code, "admitted")
    scan(scene.page, code, "refused", "already_in")


@state(*AT_THE_DOOR)
def door_find(scene: Scene) -> None:
    _pair(scene, profile="search")
    scene.at("open-find").click()
    scene.at("find-words").fill("Grace")
    scene.at("find-go").click()
    scene.see("found")


@state(*AT_THE_DOOR)
def door_group(scene: Scene) -> None:
    door_find(scene)
    scene.at("found-group").click()
    scene.see("group-ticket")


@state(*AT_THE_DOOR)
def door_settings(scene: Scene) -> None:
    _pair(scene)
    scene.at("open-settings").click()
    scene.see("settings")


@state(*AT_THE_DOOR, workers=True)
def door_recent(scene: Scene) -> None:
    [code] = codes_of(scene.world.shop, scene.world.fair.event, 1)
    _pair(scene)
    wait_until_ready(scene.page)
    scan(scene.page, code, "admitted")
    next_guest(scene.page)
    scene.at("open-recent").click()
    scene.see("recent-scan")


@state(*AT_THE_DOOR, workers=True)
def door_offline(scene: Scene) -> None:
    """A guest has gone in without a network, and waits to be told of."""
    [code] = codes_of(scene.world.shop, scene.world.fair.event, 1)
    _pair(scene)
    wait_until_ready(scene.page)
    scene.page.context.set_offline(True)
    scan(scene.page, code, "admitted")
    next_guest(scene.page)
    scene.see("away")
    expect(scene.at("waiting")).to_have_attribute("data-count", "1")


@state(*AT_THE_DOOR, workers=True)
def door_conflicts(scene: Scene) -> None:
    """A guest whom this door has let in without a network had gone in at another one."""
    world, page = scene.world, scene.page
    [code] = codes_of(world.shop, world.fair.event, 1)
    _pair(scene)
    wait_until_ready(page)
    page.context.set_offline(True)
    other = world.organizer.pair_device(world.fair.event, "South 1")
    assert other.scan(code)["result"] == "admitted"
    scan(page, code, "admitted")
    next_guest(page)
    page.context.set_offline(False)
    scene.at("open-conflicts").click()
    scene.see("conflict-winner")


@state(*AT_THE_DOOR)
def door_revoked(scene: Scene) -> None:
    device = _pair(scene)
    event = scene.world.fair.event
    assert scene.world.organizer.send("DELETE", f"/events/{event['id']}/devices/{device['id']}").is_success
    scene.page.reload()
    scene.see("revoked")


@state(workers=True)
def door_elsewhere(scene: Scene) -> None:
    """Another tab of this browser is the door."""
    other = scene.page.context.new_page()
    other.goto("/work/door")
    expect(other.get_by_test_id("pairing")).to_be_visible()
    scene.open("/work/door")
    scene.see("door-elsewhere")
