"""What people do on the pages, step by step."""

import base64
import json
import time

from playwright.sync_api import Locator, Page, expect

from tests.e2e.clients import Stack, User, new_address, tokens

BUYER = "Ada Lovelace"


def tier_card(page: Page, title: str) -> Locator:
    named = page.get_by_test_id("tier-title").get_by_text(title, exact=True)
    return page.get_by_test_id("tier").filter(has=named)


def choose(page: Page, tier: str, quantity: int = 1) -> None:
    for _ in range(quantity):
        tier_card(page, tier).get_by_test_id("more").click()


def give_code(page: Page, code: str) -> None:
    page.get_by_test_id("have-code").click()
    page.get_by_test_id("code-input").fill(code)
    page.get_by_test_id("apply-code").click()


def fill_in_buyer(page: Page, email: str | None = None) -> str:
    """Say who buys; return the address."""
    address = email or new_address()
    page.get_by_test_id("buyer-email").fill(address)
    page.get_by_test_id("buyer-name").fill(BUYER)
    return address


def place(page: Page) -> None:
    page.get_by_test_id("place-order").click()


def go_and_pay(page: Page, stripe_url: str) -> None:
    """Place what is filled in, and arrive on the pay page."""
    place(page)
    page.wait_for_url(f"{stripe_url}/**")


def press(page: Page, button: str) -> None:
    """Press a button of the pay page: Pay, Decline or Leave."""
    page.get_by_role("button", name=button, exact=True).click()


def wait_for_status(page: Page, status: str, seconds: float = 60) -> None:
    shown = page.get_by_test_id("order-status")
    expect(shown).to_have_attribute("data-status", status, timeout=seconds * 1000)


def wait_for_tickets(page: Page, count: int) -> None:
    wait_for_status(page, "fulfilled")
    expect(page.get_by_test_id("ticket")).to_have_count(count)


def sign_in_on_the_page(page: Page, email: str, password: str, back: str = "/my") -> None:
    """From the page that asks for it, through the hosted page, and back."""
    page.get_by_test_id("sign-in").press("Enter")
    page.locator("input[name=username]").fill(email)
    page.locator("input[name=username]").press("Enter")
    page.locator("button[value=PASSWORD]").press("Enter")
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(f"**{back}**")


def be_patient(page: Page) -> None:
    """Let a door wait longer than two seconds for an answer before it decides without one.

    A machine that runs everything at once may take that long, and has a network all the same.
    """
    page.add_init_script("""
        const wait = window.setTimeout
        window.setTimeout = (go, ms, ...said) => wait(go, ms === 2000 ? 20000 : ms, ...said)
    """)


def be_signed_in(page: Page, stack: Stack, user: User) -> None:
    """Have signed in before the first page of this tab is opened, as web/src/lib/session keeps it.

    Who then signs out stays signed out.
    """
    given = tokens(stack, user)
    body = given["IdToken"].split(".")[1]
    kept = {
        "id_token": given["IdToken"],
        "access_token": given["AccessToken"],
        "refresh_token": given["RefreshToken"],
        "token_type": "Bearer",
        "scope": "openid email profile",
        "profile": json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))),
        "expires_at": int(time.time()) + given["ExpiresIn"],
    }
    name = f"oidc.user:{stack.cognito_url.rstrip('/')}:{stack.user_pool_client_id}"
    page.add_init_script(f"""
        if (location.origin !== new URL({json.dumps(stack.cognito_url)}).origin
            && !sessionStorage.getItem('signed-in')) {{
          sessionStorage.setItem('signed-in', 'once')
          sessionStorage.setItem({json.dumps(name)}, {json.dumps(json.dumps(kept))})
        }}
    """)
