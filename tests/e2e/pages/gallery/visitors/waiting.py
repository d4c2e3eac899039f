"""The waiting list."""

from playwright.sync_api import expect

from tests.e2e.pages.gallery.scene import Scene, state

WAITING = r"/public/events/[^/]+/waiting-list/[^/?]+$"


def _waiting(scene: Scene, path: str, status: str) -> None:
    scene.open(path)
    expect(scene.at("waiting-status")).to_have_attribute("data-status", status)


@state()
def waiting_waiting(scene: Scene) -> None:
    _waiting(scene, scene.world.waiting_path, "waiting")


@state()
def waiting_offered(scene: Scene) -> None:
    _waiting(scene, scene.world.offer_path, "offered")
    scene.see("offer-total")


@state()
def waiting_refused(scene: Scene) -> None:
    scene.change(WAITING, lambda place: place.update(status="refused"))
    _waiting(scene, scene.world.waiting_path, "refused")


@state()
def waiting_expired(scene: Scene) -> None:
    scene.change(WAITING, lambda place: place.update(status="expired"))
    _waiting(scene, scene.world.waiting_path, "expired")
