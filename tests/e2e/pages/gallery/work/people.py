"""The people of an event."""

from tests.e2e.pages.gallery.scene import Scene, state
from tests.e2e.pages.gallery.work.desk import EVENT, at_event

PERSON = rf"{EVENT}/persons/[^/?]+$"


@state()
def people_listed(scene: Scene) -> None:
    at_event(scene, "people")
    scene.see("person-row")


@state()
def people_panel(scene: Scene) -> None:
    people_listed(scene)
    scene.at("person-row").get_by_test_id("open").click()
    scene.see("person-panel", "person-form")


@state()
def people_clash(scene: Scene) -> None:
    scene.change(PERSON, lambda person: person.update(note="Wants a seat at the front."))
    people_panel(scene)
    scene.at("person-note").fill("Speaks at ten.")
    scene.at("person-save").click()
    scene.see("clash")


@state()
def people_none(scene: Scene) -> None:
    at_event(scene, "people", scene.world.quiet_event)
    scene.see("no-persons")


@state()
def people_new(scene: Scene) -> None:
    people_none(scene)
    scene.at("add-person").click()
    scene.see("person-form")


@state()
def people_waiting(scene: Scene) -> None:
    at_event(scene, "people")
    scene.at("tab-waiting").click()
    scene.see("waiting-row")
