"""No page in any state keeps anybody out: axe finds nothing, and all can be read and pressed when enlarged.

A state is reached once, on a phone in English, and looked at in both schemes of colours, at 320 px and at
200 %. One state a page is looked at in Arabic and in German too, on a desktop and at 320 px.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.e2e.browsers import DESKTOP, PHONE
from tests.e2e.clients import Json
from tests.e2e.pages.gallery.all import GALLERY
from tests.e2e.pages.gallery.scene import State, Studio, settle

AXE = Path("web/node_modules/axe-core/axe.min.js")
# The success criteria of WCAG 2.2, levels A and AA.
WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# All that another scheme of colours changes.
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
GRAVE = ("serious", "critical")
NARROW = (320, 640)
# What is left of a window of 1280 x 900 whose reader has zoomed to 200 %.
ZOOMED = (640, 450)
# From right to left, and the longest words.
LANGUAGES = ("ar", "de")
ONE_A_PAGE = (
    "event-rich",
    "event-seats-chosen",
    "checkout-invoice",
    "order-fulfilled",
    "order-assign-dialog",
    "ticket-rich",
    "transfer-open",
    "claim-open",
    "waiting-offered",
    "my-full",
    "my-orders",
    "lost-links",
    "portal-tickets",
    "portal-cart",
    "portal-review",
    "orders-listed",
    "orders-panel",
    "orders-preview",
    "setup-checklist",
    "setup-tier",
    "setup-event",
    "seating-seats",
    "texts-editor",
    "badges-look",
    "people-panel",
    "team",
    "webhooks-one",
    "companies-one",
    "reports-sales",
    "reports-cash-differs",
    "doors-arrivals",
    "door-desk",
    "door-refused",
)

LOOK = """async () => {
  // Of a panel and a question above it, the later one.
  const root = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document
  const shown = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true })
  const tiny = (box) => box.width < 3 || box.height < 3
  const name = (one) => {
    const words = (one.getAttribute('aria-label') ?? one.innerText ?? one.value ?? '').trim().slice(0, 40)
    return `${one.tagName.toLowerCase()} ${one.dataset.testid ?? one.name ?? ''} "${words}"`
  }
  const faults = []
  const width = document.documentElement.clientWidth
  const wide = document.scrollingElement.scrollWidth - width
  if (wide > 1) faults.push(`the page is ${wide} px wider than the screen`)

  const controls = root.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [role=button], [tabindex="0"]',
  )
  for (const one of controls) {
    if (!shown(one) || one.closest('[inert]') || one.matches('.skip')) continue
    // What stands for a hidden radio button or file is its label.
    const target = tiny(one.getBoundingClientRect()) ? one.labels?.[0] : one
    if (!target || !shown(target)) continue
    target.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' })
    const own = [target, ...(one.labels ?? [])]
    const over = () => {
      const box = target.getClientRects()[0]
      const middle = [box.left + box.width / 2, box.top + Math.min(box.height, innerHeight) / 2]
      const top = document.elementFromPoint(...middle)
      const reached = top && (top.contains(target) || own.some((part) => part.contains(top)))
      // Whoever opens a menu covers what is below it, until he closes it.
      return reached || top?.closest('.menu > .panel') ? null : (top ?? document.body)
    }
    const box = target.getClientRects()[0]
    if (!box || tiny(box)) continue
    if (box.left < -1 || box.right > width + 1) faults.push(`${name(one)} is cut off at the side`)
    // What follows the scrolling, as a bar at the edge does, may need a frame.
    if (over()) await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))
    if (over()) faults.push(`${name(one)} is covered by ${name(over())}`)
  }

  for (const one of root.querySelectorAll('body *, dialog *')) {
    const style = getComputedStyle(one)
    const cuts = style.overflowX === 'hidden' || style.overflowX === 'clip'
    const hidden = tiny(one.getBoundingClientRect()) || style.clipPath !== 'none'
    const words = [...one.childNodes].some((child) => child.nodeType === 3 && child.data.trim())
    if (cuts && !hidden && words && shown(one) && one.scrollWidth > one.clientWidth + 1) {
      faults.push(`the words of ${name(one)} are clipped`)
    }
  }
  return faults
}"""


@cache
def _axe() -> str:
    """Return the script, which goes in by the browser's debugger: no Content-Security-Policy stops it."""
    return AXE.read_text()


def violations(page: Page, rules: Json = WCAG) -> list[str]:
    """Return what axe holds for serious or critical, each with where it is."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(f"() => {{ {_axe()} }}")
    found: Iterable[Json] = page.evaluate(
        "async (options) => (await axe.run(document, options)).violations",
        {"runOnly": rules, "resultTypes": ["violations"]},
    )
    return [
        f"{one['id']}: {node['target'][0]} {' '.join(node['failureSummary'].split())}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


def misfits(page: Page) -> list[str]:
    """Return what a reader can't read, reach or press."""
    found: list[str] = page.evaluate(LOOK)
    return found


def misfits_at(page: Page, size: tuple[int, int]) -> list[str]:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    settle(page)
    return misfits(page)


@pytest.mark.parametrize("state", GALLERY.values(), ids=GALLERY)
def test_a_page_keeps_nobody_out(studio: Studio, state: State) -> None:
    with studio.shown(state, PHONE) as page:
        light = violations(page)
        page.emulate_media(color_scheme="dark")
        settle(page)
        dark = violations(page, CONTRAST)
        narrow, zoomed = misfits_at(page, NARROW), misfits_at(page, ZOOMED)
    assert (light, dark, narrow, zoomed) == ([], [], [], [])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ONE_A_PAGE)
def test_a_page_keeps_nobody_out_in_another_language(studio: Studio, name: str, language: str) -> None:
    with studio.shown(GALLERY[name], DESKTOP, language) as page:
        found, wide, narrow = violations(page), misfits(page), misfits_at(page, NARROW)
    assert (found, wide, narrow) == ([], [], [])


def test_a_page_made_bad_on_purpose_is_found(page: Page) -> None:
    page.goto("/lost-links")
    page.get_by_test_id("lost-email").wait_for()
    assert violations(page) == []
    page.evaluate(
        """() => {
          document.querySelector('label').remove()
          document.querySelector('h1').style.color = 'color-mix(in srgb, gray 20%, white)'
          document.querySelector('h1').style.background = 'white'
        }"""
    )
    assert {one.split(":")[0] for one in violations(page)} == {"label", "color-contrast"}
    assert {one.split(":")[0] for one in violations(page, CONTRAST)} == {"color-contrast"}


def test_a_page_that_does_not_fit_is_found(page: Page) -> None:
    page.goto("/lost-links")
    page.get_by_test_id("lost-email").wait_for()
    assert misfits(page) == []
    page.evaluate(
        """() => {
          const button = document.querySelector('[data-testid="send-links"]')
          button.style.width = '40rem'
          const cover = document.createElement('div')
          Object.assign(cover.style, { position: 'fixed', inset: '0', background: 'white' })
          document.body.append(cover)
          const title = document.querySelector('h1')
          Object.assign(title.style, { width: '2rem', overflow: 'hidden', whiteSpace: 'nowrap' })
        }"""
    )
    said = "\n".join(misfits(page))
    assert "wider than the screen" in said
    assert "is cut off" in said
    assert "is covered by" in said
    assert "are clipped" in said
