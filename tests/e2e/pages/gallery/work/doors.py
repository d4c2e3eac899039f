"""The doors, as the organizer sees them."""

from tests.e2e.pages.gallery.scene import Scene, state
from tests.e2e.pages.gallery.work.desk import at_event


@state()
def doors_arrivals(scene: Scene) -> None:
    at_event(scene, "doors")
    scene.see("arrivals", "device-health")


@state()
def doors_arrivals_none(scene: Scene) -> None:
    at_event(scene, "doors", scene.world.quiet_event)
    scene.see("arrivals-none")


def _doors(scene: Scene, tab: str) -> None:
    at_event(scene, "doors")
    scene.at(f"tab-{tab}").click()


@state()
def doors_devices(scene: Scene) -> None:
    _doors(scene, "devices")
    scene.see("device")


@state()
def doors_device_dialog(scene: Scene) -> None:
    doors_devices(scene)
    scene.at("add-device").click()
    scene.see("device-dialog")


@state()
def doors_lists(scene: Scene) -> None:
    _doors(scene, "lists")
    scene.see("check-in-list")


@state()
def doors_list_dialog(scene: Scene) -> None:
    doors_lists(scene)
    scene.at("add-list").click()
    scene.see("list-dialog")


@state()
def doors_places(scene: Scene) -> None:
    _doors(scene, "places")
    scene.see("gate", "zone")


@state()
def doors_log(scene: Scene) -> None:
    _doors(scene, "log")
    scene.see("attempt")
