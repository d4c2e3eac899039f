"""Everything by keyboard alone: what has the focus is always seen, and it is never lost or caught."""

import pytest
from playwright.sync_api import Locator, Page, expect

from local.seed import DISCOUNT_CODE
from tests.e2e.clients import Stack, new_address
from tests.e2e.pages.steps import sign_in_on_the_page, tier_card, wait_for_status
from tests.e2e.pages.world import World, order_path

MOST_STEPS = 150
# What has the focus shows it, or what it belongs to does: the card of a choice, the box of a field.
LOOK = """() => {
  const focused = document.activeElement
  if (!focused || focused === document.body) return { lost: true, name: 'nothing' }
  const name = `${focused.tagName.toLowerCase()} ${focused.dataset.testid ?? focused.name ?? ''}`
  const marked = (one) => {
    const style = getComputedStyle(one)
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none'
  }
  const { parentElement: parent, labels } = focused
  const around = [focused, parent, parent?.parentElement, ...(labels ?? [])]
  const box = focused.getBoundingClientRect()
  const seen = box.bottom > 0 && box.top < innerHeight
  return { lost: false, name, marked: around.some((one) => one && marked(one)), seen }
}"""


class Hands:
    """A reader at the keyboard."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def go(self, to: Locator, key: str = "Tab") -> None:
        """Step until something has the focus."""
        to.wait_for(state="attached")
        wanted = to.element_handle()
        lost = 0
        for _ in range(MOST_STEPS):
            self.page.keyboard.press(key)
            found = self.page.evaluate(LOOK)
            # Once around: behind the last control comes the browser's own window.
            lost += found["lost"]
            assert lost <= 1, "the focus was lost"
            assert found["lost"] or found["marked"], f"{found['name']} has the focus, and nobody sees it"
            assert found["lost"] or found["seen"], f"{found['name']} has the focus, and is out of sight"
            if self.page.evaluate("(wanted) => document.activeElement === wanted", wanted):
                return
        raise AssertionError(f"{to} is not reached by {key}")

    def press(self, to: Locator, key: str = "Enter") -> None:
        self.go(to)
        self.page.keyboard.press(key)

    def write(self, to: Locator, text: str) -> None:
        self.go(to)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def keep_place(self) -> None:
        """See that what has happened has not taken the focus away."""
        self.page.wait_for_timeout(300)
        assert not self.page.evaluate(LOOK)["lost"], "the focus was lost"


@pytest.fixture
def hands(desktop: Page) -> Hands:
    return Hands(desktop)


def choose(hands: Hands, title: str) -> None:
    hands.press(tier_card(hands.page, title).get_by_test_id("more").first)
    expect(hands.page.get_by_test_id("total")).to_have_attribute("data-pending", "false")
    hands.keep_place()


def say_who_buys(hands: Hands) -> None:
    hands.write(hands.page.get_by_test_id("buyer-email"), new_address())
    hands.write(hands.page.get_by_test_id("buyer-name"), "Ada Lovelace")


def test_a_free_ticket_is_ordered(hands: Hands, stack: Stack) -> None:
    hands.page.goto(f"/e/{stack.event_slug}")
    choose(hands, "Free ticket")
    say_who_buys(hands)
    hands.press(hands.page.get_by_test_id("place-order"))
    wait_for_status(hands.page, "fulfilled")


def test_a_ticket_is_ordered_by_invoice(hands: Hands, stack: Stack) -> None:
    page = hands.page
    page.goto(f"/e/{stack.event_slug}")
    choose(hands, "Conference pass")
    say_who_buys(hands)
    radios = page.get_by_test_id("payment-methods").get_by_role("radio")
    # Tab comes to the one that is chosen, and arrows choose another one.
    hands.go(radios.and_(page.locator(":checked")).or_(radios).first)
    page.keyboard.press("ArrowDown")
    hands.write(page.get_by_label("Company"), "Fjord Analytics")
    hands.press(page.get_by_test_id("place-order"))
    wait_for_status(page, "awaiting_payment")


def test_a_code_is_entered_and_removed(hands: Hands, stack: Stack) -> None:
    page = hands.page
    page.goto(f"/e/{stack.event_slug}")
    choose(hands, "Workshop seat")
    hands.press(page.get_by_test_id("have-code"))
    hands.keep_place()
    code = page.get_by_test_id("code-input")
    if not code.evaluate("(input) => document.activeElement === input"):
        hands.go(code)
    page.keyboard.type(DISCOUNT_CODE)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("discount")).to_be_visible()
    hands.keep_place()
    hands.press(page.get_by_test_id("remove-code"))
    expect(page.get_by_test_id("discount")).to_have_count(0)
    hands.keep_place()


def test_what_is_at_fault_gets_the_focus(hands: Hands, stack: Stack) -> None:
    page = hands.page
    page.goto(f"/e/{stack.event_slug}")
    choose(hands, "Free ticket")
    hands.write(page.get_by_test_id("buyer-email"), "nobody")
    hands.write(page.get_by_test_id("buyer-name"), "Ada Lovelace")
    hands.press(page.get_by_test_id("place-order"))
    expect(page.get_by_test_id("buyer-email")).to_have_attribute("aria-invalid", "true")
    hands.keep_place()


def test_a_ticket_gets_a_holder(hands: Hands, world: World) -> None:
    page = hands.page
    order = world.new_order(2)
    page.goto(order_path(order))
    hands.press(page.get_by_test_id("assign").first)
    hands.keep_place()
    fill_in_person(hands, "Grace Hopper", new_address("holder"))
    expect(page.get_by_test_id("holder").first).to_contain_text("Grace Hopper")
    hands.keep_place()


def fill_in_person(hands: Hands, name: str, email: str | None = None) -> None:
    for what, text in {"name": name, "email": email}.items():
        if text is None:
            continue
        control = hands.page.get_by_test_id(f"holder-{what}")
        if not control.evaluate("(input) => document.activeElement === input"):
            hands.go(control)
        hands.page.keyboard.type(text)
    hands.press(hands.page.get_by_test_id("holder-save"))


def test_a_dialog_keeps_the_focus_and_gives_it_back(hands: Hands, world: World) -> None:
    page = hands.page
    page.goto(order_path(world.new_card_order()))
    cancel = page.get_by_test_id("cancel")
    hands.press(cancel)
    expect(page.get_by_test_id("cancel-dialog")).to_be_visible()
    hands.go(page.get_by_test_id("cancel-keep"))
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("cancel-confirm")).to_be_hidden()
    assert cancel.evaluate("(button) => document.activeElement === button")


def test_an_offered_ticket_is_accepted(hands: Hands, world: World) -> None:
    hands.page.goto(world.new_transfer_path())
    fill_in_person(hands, "Grace Hopper")
    expect(hands.page.get_by_test_id("ticket-page")).to_be_visible()


def test_a_ticket_is_taken_by_a_link(hands: Hands, world: World) -> None:
    hands.page.goto(world.claim_path)
    fill_in_person(hands, "Ola Nordmann", new_address("guest"))
    expect(hands.page.get_by_test_id("claimed")).to_be_visible()
    hands.keep_place()


def test_a_seat_is_chosen_on_the_map(hands: Hands, world: World) -> None:
    page = hands.page
    page.goto(world.seated_path)
    hands.go(page.get_by_test_id("seat-map-keys"))
    page.keyboard.press("ArrowRight")
    first = page.get_by_test_id("seat-said").inner_text()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("seat-said")).not_to_have_text(first)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("chosen-seat")).to_have_count(1)
    hands.keep_place()
    hands.go(page.get_by_test_id("drop-seat"))


def test_a_seat_is_chosen_in_the_list(hands: Hands, world: World) -> None:
    page = hands.page
    page.goto(world.seated_path)
    hands.press(page.get_by_test_id("show-list"))
    for part in ("list-section", "list-row", "list-seat"):
        free = page.get_by_test_id(part).and_(page.locator(":not([aria-disabled=true]):not(:disabled)")).first
        hands.press(free, "Space" if part == "list-seat" else "Enter")
    expect(page.get_by_test_id("chosen-seat")).to_have_count(1)
    hands.keep_place()


def test_somebody_signs_in_and_passes_a_ticket_on(hands: Hands, world: World) -> None:
    page, user = hands.page, world.regular
    page.goto("/my")
    hands.go(page.get_by_test_id("sign-in"))
    # The hosted pages are not ours: what has the focus there is their own matter.
    sign_in_on_the_page(page, user.email, user.password)
    expect(page.get_by_test_id("account-email")).to_contain_text(user.email)
    hands.press(page.get_by_test_id("pass-on").first)
    expect(page.get_by_test_id("pass-on-dialog")).to_be_visible()
    hands.keep_place()
    email = page.get_by_test_id("pass-on-email")
    if not email.evaluate("(input) => document.activeElement === input"):
        hands.go(email)
    page.keyboard.type(new_address("taker"))
    hands.press(page.get_by_test_id("pass-on-go"))
    expect(page.get_by_test_id("pass-on-dialog")).to_have_count(0)
    hands.keep_place()


def test_a_focus_that_nobody_sees_is_found(hands: Hands) -> None:
    page = hands.page
    page.goto("/lost-links")
    page.get_by_test_id("lost-email").wait_for()
    page.evaluate(
        """() => {
          const sheet = new CSSStyleSheet()
          sheet.replaceSync('input { outline: none !important; box-shadow: none !important }')
          document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
        }"""
    )
    with pytest.raises(AssertionError, match="nobody sees it"):
        hands.go(page.get_by_test_id("send-links"))


def test_a_trap_is_found(hands: Hands) -> None:
    page = hands.page
    page.goto("/lost-links")
    page.get_by_test_id("lost-email").wait_for()
    page.evaluate(
        """() => addEventListener('keydown', (event) => {
          const trap = document.activeElement.matches('[data-testid="send-links"]')
          if (event.key === 'Tab' && trap) event.preventDefault()
        })"""
    )
    with pytest.raises(AssertionError, match="is not reached"):
        hands.go(page.get_by_test_id("lost"))
