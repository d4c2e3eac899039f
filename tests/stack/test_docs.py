"""What the documentation names is there."""

import ast
import re
from pathlib import Path

import pytest

from admit.orders.ledger import Account, Cause
from admit.orders.order import Attention
from admit.payments.gateway import MONEY_EVENTS

ROOT = Path(__file__).parents[2]
TIERS = (ROOT / "docs/tiers.md").read_text()

# A test as the tables name it: its file under tests/, and its function there.
NAMED = sorted(set(re.findall(r"`([a-z0-9]+/\w+\.py)::(\w+)`", TIERS)))
# The fields of EventTicket in the document that the tiers follow.
FIELDS = [
    "_id",
    "active",
    "address_required",
    "approval_required",
    "category",
    "category_expanded",
    "default",
    "description",
    "description_line",
    "event",
    "external_ids",
    "limited",
    "limited_whitelist_users",
    "offers",
    "photos",
    "photos_expanded",
    "position",
    "prices",
    "private",
    "ticket_count",
    "ticket_limit",
    "ticket_limit_per",
    "title",
]


def section(title: str) -> str:
    return TIERS.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """Return the cells of a section's table, without its header."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def functions(file: str) -> set[str]:
    path = ROOT / "tests" / file
    if not path.exists():
        return set()
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[f"{file}::{name}" for file, name in NAMED])
def test_a_test_that_the_tiers_are_held_by_is_there(file: str, name: str) -> None:
    assert name in functions(file)


def test_every_field_of_the_document_is_listed_once() -> None:
    assert sorted(row[0].strip("`") for row in rows("Fields")) == FIELDS


@pytest.mark.parametrize(
    "title",
    ["Fields", "Rules", "Prices", "What stands beside", "Limits", "Discounts", "Approval", "Waiting list"],
)
def test_every_rule_of_a_tier_has_a_test(title: str) -> None:
    assert [row[0] for row in rows(title) if "::" not in row[-1]] == []


def first_cells(page: str) -> str:
    """Return the first cells of all tables of a page, a line each."""
    return "\n".join(line.split("|")[1] for line in (ROOT / page).read_text().splitlines() if line[:1] == "|")


@pytest.mark.parametrize("name", [*Account, *Cause])
def test_every_account_and_every_cause_of_a_movement_is_explained(name: str) -> None:
    assert f"`{name}`" in first_cells("docs/flows.md")


@pytest.mark.parametrize("reason", Attention)
def test_the_runbook_says_what_to_do_about_each_reason_to_look_at_an_order(reason: Attention) -> None:
    assert f"`{reason}`" in first_cells("docs/runbook.md")


@pytest.mark.parametrize("event", sorted(MONEY_EVENTS))
def test_the_runbook_names_each_event_that_the_webhook_takes(event: str) -> None:
    assert f"`{event}`" in (ROOT / "docs/runbook.md").read_text()


PAGES = {str(path.relative_to(ROOT)): path for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]}


def anchors(page: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_link_between_pages_leads_somewhere(name: str) -> None:
    page = PAGES[name]
    for link, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([\w-]+))?\)", page.read_text()):
        if "://" in link:
            continue
        target = page.parent / link if link else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text()), anchor
