"""The frame around all workplaces."""

from tests.e2e.pages.gallery.scene import Scene, state
from tests.e2e.pages.gallery.work.desk import EVENT, at_event, at_work
from tests.e2e.pages.steps import be_signed_in

ONE_EVENT = rf"{EVENT}$"


@state()
def work_signed_out(scene: Scene) -> None:
    scene.open("/work")
    scene.see("signed-out")


@state()
def work_start(scene: Scene) -> None:
    be_signed_in(scene.page, scene.world.stack, scene.world.stack.users["organizer"])
    scene.open("/work")
    scene.see("account", "door")


@state()
def work_start_of_nobody(scene: Scene) -> None:
    be_signed_in(scene.page, scene.world.stack, scene.world.newcomer)
    scene.open("/work")
    scene.see("no-accounts")
    scene.at("open-account").click()
    scene.see("opening")


@state()
def work_menus(scene: Scene) -> None:
    at_event(scene, "orders")
    scene.see("orders")
    scene.at("me").click()
    scene.see("me-panel")


@state()
def work_refused(scene: Scene) -> None:
    at_event(scene, "orders", user=scene.world.doorkeeper)
    scene.see("refused")


@state("status of 40")
def work_of_others(scene: Scene) -> None:
    at_work(scene, user=scene.world.newcomer)
    scene.see("failure")


@state("status of 500")
def work_failure(scene: Scene) -> None:
    scene.refuse(ONE_EVENT, 500, "internal")
    at_event(scene, "orders")
    scene.see("failure")
