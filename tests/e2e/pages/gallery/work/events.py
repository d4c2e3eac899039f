"""The events of an account."""

from tests.e2e.pages.gallery.scene import Scene, state
from tests.e2e.pages.gallery.work.desk import ORGANIZER, at_work, nothing

EVENTS = rf"{ORGANIZER}/events(\?.*)?$"


@state()
def events_listed(scene: Scene) -> None:
    assert scene.world.fair.event
    at_work(scene)
    scene.see("coming-events")


@state()
def events_none(scene: Scene) -> None:
    scene.change(EVENTS, nothing)
    at_work(scene)
    scene.see("no-events")


@state()
def events_new(scene: Scene) -> None:
    events_listed(scene)
    scene.at("new-event").click()
    scene.see("new-event-dialog")
