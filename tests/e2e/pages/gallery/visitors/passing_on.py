"""What is passed on: transfers and claims."""

from playwright.sync_api import expect

from tests.e2e.pages.gallery.scene import Scene, moment, state

TRANSFER = r"/public/transfers/[^/?]+$"


CLAIM = r"/public/claims/[^/?]+$"


@state()
def transfer_open(scene: Scene) -> None:
    scene.open(scene.world.transfer_path)
    scene.see("transfer-note", "holder-form")


@state()
def transfer_ended(scene: Scene) -> None:
    ended = {"status": "cancelled", "ended_at": moment(hours=-1)}
    scene.change(TRANSFER, lambda offer: offer.update(ended))
    scene.open(scene.world.transfer_path)
    expect(scene.at("transfer")).to_have_attribute("data-status", "cancelled")


@state()
def transfer_declined(scene: Scene) -> None:
    ended = {"status": "declined", "ended_at": moment(hours=-1)}
    scene.change(TRANSFER, lambda offer: offer.update(ended))
    scene.open(scene.world.transfer_path)
    expect(scene.at("transfer")).to_have_attribute("data-status", "declined")


@state()
def claim_open(scene: Scene) -> None:
    scene.open(scene.world.claim_path)
    scene.see("holder-form")


@state()
def claim_of_a_company(scene: Scene) -> None:
    scene.change(CLAIM, lambda link: link.update(domains=["fjord.example", "polar.example"]))
    claim_open(scene)


@state()
def claim_ended(scene: Scene) -> None:
    scene.change(CLAIM, lambda link: link.update(open=False, left=0))
    scene.open(scene.world.claim_path)
    scene.see("claim-ended")
