"""What is about no event."""

from playwright.sync_api import expect

from tests.e2e.clients import new_address
from tests.e2e.pages.gallery.scene import Scene, state


@state()
def lost_links(scene: Scene) -> None:
    scene.open("/lost-links")
    scene.see("lost-email")


@state()
def lost_links_sent(scene: Scene) -> None:
    lost_links(scene)
    scene.at("lost-email").fill(new_address())
    scene.at("send-links").click()
    scene.see("links-sent")


@state("Not found")
def no_such_page(scene: Scene) -> None:
    scene.open("/no/such/page")
    expect(scene.page.get_by_role("heading").first).to_be_visible()
