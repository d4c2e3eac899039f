"""The set-up of an event."""

from playwright.sync_api import expect

from tests.e2e.pages.gallery.scene import Scene, state
from tests.e2e.pages.gallery.work.desk import at_event


@state()
def setup_checklist(scene: Scene) -> None:
    at_event(scene, "setup/checklist", scene.world.draft_event)
    scene.see("checklist-item")


@state()
def setup_checklist_on_sale(scene: Scene) -> None:
    at_event(scene, "setup/checklist")
    scene.see("on-sale")


@state()
def setup_cancel_event(scene: Scene) -> None:
    setup_checklist_on_sale(scene)
    scene.at("cancel-event").click()
    scene.see("cancel-consequences")


@state()
def setup_event(scene: Scene) -> None:
    at_event(scene, "setup/event")
    scene.see("event-form")


@state("status of 4")
def setup_event_faults(scene: Scene) -> None:
    setup_event(scene)
    scene.at("event-title").fill("")
    scene.at("save").click()
    expect(scene.at("event-title")).to_have_attribute("aria-invalid", "true")


@state()
def setup_categories(scene: Scene) -> None:
    at_event(scene, "setup/categories")
    scene.see("category")


@state()
def setup_category_dialog(scene: Scene) -> None:
    setup_categories(scene)
    scene.at("edit-category").click()
    scene.see("category-dialog")


@state()
def setup_tiers(scene: Scene) -> None:
    at_event(scene, "setup/tiers")
    scene.see("tier-row")


def _tier(scene: Scene) -> None:
    tier = scene.world.shop.tier(scene.world.fair.event["slug"], "Regular")
    at_event(scene, f"setup/tiers/{tier['id']}")
    scene.see("tier-form", "price")


@state()
def setup_tier(scene: Scene) -> None:
    _tier(scene)
    scene.at("tier-title").fill("Regular, with lunch")
    scene.see("save-bar")


@state("status of 4")
def setup_tier_faults(scene: Scene) -> None:
    _tier(scene)
    scene.at("tier-title").fill("")
    scene.at("save").click()
    expect(scene.at("tier-title")).to_have_attribute("aria-invalid", "true")


@state()
def setup_tier_left_unsaved(scene: Scene) -> None:
    setup_tier(scene)
    scene.at("back").click()
    scene.see("leave-go")


@state()
def setup_tier_new(scene: Scene) -> None:
    at_event(scene, "setup/tiers/new")
    scene.see("tier-form")


@state()
def setup_discounts_none(scene: Scene) -> None:
    at_event(scene, "setup/discounts")
    scene.see("no-discounts")


@state()
def setup_discounts(scene: Scene) -> None:
    conference = scene.world.shop.event(scene.world.stack.event_slug)
    at_event(scene, "setup/discounts", conference)
    scene.see("discount")


@state()
def setup_discount_panel(scene: Scene) -> None:
    setup_discounts_none(scene)
    scene.at("add-discount").click()
    scene.see("discount-panel")


@state()
def setup_questions_none(scene: Scene) -> None:
    at_event(scene, "setup/questions")
    scene.see("no-questions")


@state()
def setup_question_panel(scene: Scene) -> None:
    setup_questions_none(scene)
    scene.at("add-question").click()
    scene.see("question-panel")


@state()
def setup_organizations(scene: Scene) -> None:
    at_event(scene, "setup/organizations")
    scene.see("organization-row")


@state()
def setup_organization_panel(scene: Scene) -> None:
    setup_organizations(scene)
    scene.at("organization-row").get_by_test_id("open").click()
    scene.see("organization-panel", "organization-states")


@state()
def setup_organizations_none(scene: Scene) -> None:
    at_event(scene, "setup/organizations", scene.world.quiet_event)
    scene.see("no-organizations")


@state()
def texts_listed(scene: Scene) -> None:
    at_event(scene, "setup/texts")
    scene.see("text-kind")


@state()
def texts_editor(scene: Scene) -> None:
    texts_listed(scene)
    scene.at("text-kind").click()
    scene.see("text-editor", "mail-picture")


def _seating(scene: Scene) -> None:
    concert = scene.world.shop.event(scene.world.stack.seated_event_slug)
    at_event(scene, "setup/seating", concert)
    scene.see("seats-board")


@state()
def seating_seats(scene: Scene) -> None:
    _seating(scene)


@state()
def seating_seats_chosen(scene: Scene) -> None:
    _seating(scene)
    scene.at("as-list").click()
    scene.at("choose-row").click()
    scene.see("chosen-seats")


@state()
def seating_plan(scene: Scene) -> None:
    _seating(scene)
    scene.at("tab-plan").click()
    scene.see("plan-form")


@state()
def seating_section_dialog(scene: Scene) -> None:
    seating_plan(scene)
    scene.at("edit-section").click()
    scene.see("section-dialog")


@state()
def seating_import(scene: Scene) -> None:
    _seating(scene)
    scene.at("tab-import").click()
    scene.see("import-plan")


@state()
def seating_none(scene: Scene) -> None:
    at_event(scene, "setup/seating")
    scene.see("no-plan")


@state()
def badges_look(scene: Scene) -> None:
    at_event(scene, "setup/badges")
    scene.see("badge-design", "badge-look")
    expect(scene.at("badge-preview").get_by_role("img")).to_be_visible()


def _badges(scene: Scene, tab: str) -> None:
    at_event(scene, "setup/badges")
    scene.at(f"tab-{tab}").click()


@state()
def badges_templates_none(scene: Scene) -> None:
    _badges(scene, "templates")
    scene.see("no-templates")


@state()
def badges_template_editor(scene: Scene) -> None:
    badges_templates_none(scene)
    scene.at("add-template").click()
    scene.see("template-editor")


@state()
def badges_print(scene: Scene) -> None:
    _badges(scene, "print")
    scene.see("print-badges")
