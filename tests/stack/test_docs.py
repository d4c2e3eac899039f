"""What the documentation names is there."""

import ast
import re
from pathlib import Path

import pytest

from admit.distribution.portal import PortalState
from admit.orders.ledger import Account, Cause
from admit.orders.order import Attention
from admit.payments.gateway import MONEY_EVENTS
from admit.tickets.mine import HeldTicket
from admit.tickets.scan import Reason
from admit.tickets.transfer import TransferStatus

ROOT = Path(__file__).parents[2]
TEMPLATE = (ROOT / "template.yaml").read_text()
TIERS = (ROOT / "docs/tiers.md").read_text()
DISTRIBUTION = (ROOT / "docs/distribution.md").read_text()
DOOR = (ROOT / "docs/door.md").read_text()

# A test as the tables name it: its file under tests/, and its function there.
NAMED = sorted(set(re.findall(r"`([a-z0-9]+/\w+\.py)::(\w+)`", TIERS + DISTRIBUTION + DOOR)))
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


def section(title: str, page: str = TIERS) -> str:
    return page.split(f"\n## {title}\n")[1].split("\n## ", maxsplit=1)[0]


def rows(title: str, page: str = TIERS) -> list[list[str]]:
    """Return the cells of a section's table, without its header."""
    lines = [line for line in section(title, page).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def functions(file: str) -> set[str]:
    path = ROOT / "tests" / file
    if not path.exists():
        return set()
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[f"{file}::{name}" for file, name in NAMED])
def test_a_test_that_a_rule_is_held_by_is_there(file: str, name: str) -> None:
    assert name in functions(file)


def test_every_field_of_the_document_is_listed_once() -> None:
    assert sorted(row[0].strip("`") for row in rows("Fields")) == FIELDS


@pytest.mark.parametrize(
    "title",
    ["Fields", "Rules", "Prices", "What stands beside", "Limits", "Discounts", "Approval", "Waiting list"],
)
def test_every_rule_of_a_tier_has_a_test(title: str) -> None:
    assert [row[0] for row in rows(title) if "::" not in row[-1]] == []


@pytest.mark.parametrize(
    "title",
    [
        "Getting started",
        "The cart",
        "Where the document is silent",
        "States",
        "Taking back",
        "The file",
        "The map",
        "Seats after the sale",
        "The address book",
        "Relays",
    ],
)
def test_every_rule_of_the_portal_has_a_test(title: str) -> None:
    assert [row[0] for row in rows(title, DISTRIBUTION) if "::" not in row[-1]] == []


@pytest.mark.parametrize("title", ["Set-up", "Devices", "Scanning"])
def test_every_rule_of_the_door_has_a_test(title: str) -> None:
    rules = section(title, DOOR).split("\n### ")[0]
    cells = [line.strip("|").split("|") for line in rules.splitlines() if line.startswith("| ")]
    assert [row[0] for row in cells[1:] if "::" not in row[-1]] == []


@pytest.mark.parametrize("reason", Reason)
def test_the_page_of_the_door_says_what_staff_do_about_each_reason(reason: Reason) -> None:
    assert f"`{reason}`" in section("Scanning", DOOR).split("\n### Refusals\n")[1]
    assert f"`{reason}`" in first_cells("docs/door.md")


@pytest.mark.parametrize("state", PortalState)
def test_every_state_of_a_company_s_ticket_is_explained(state: PortalState) -> None:
    assert f"`{state}`" in [row[1] for row in rows("States", DISTRIBUTION)]


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


SOURCES = {path: path.read_text() for path in sorted((ROOT / "layers/common/admit").rglob("*.py"))}
KINDS = {kind for text in SOURCES.values() for kind in re.findall(r'\bkind(?:": |\b.*\] = )"(\w+)"', text)}
PREFIXES = set(re.findall(r'"([A-Z]+)#', (ROOT / "layers/common/admit/keys.py").read_text()))
CONDITIONS = (ROOT / "docs/data-model.md").read_text().split("\n## Conditions\n")[1]
CLAUSES = {
    name for names in re.findall(r"^\| ((?:`\w+`(?:, )?)+):", CONDITIONS, re.M) for name in names.split(", ")
}
# A file as the pages name it: from the layer, from a function or a test, or from the root.
FILES = re.compile(r"`((?:[a-z_]+/)+[\w*]+\.(?:py|typ|toml))`")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_item_is_in_the_data_model(kind: str) -> None:
    assert f"`{kind}`" in first_cells("docs/data-model.md")


@pytest.mark.parametrize("prefix", sorted(PREFIXES))
def test_every_prefix_of_a_key_is_in_the_data_model(prefix: str) -> None:
    assert f"`{prefix}#" in (ROOT / "docs/data-model.md").read_text()


@pytest.mark.parametrize("clause", sorted(name.strip("`") for name in CLAUSES))
def test_a_clause_that_the_data_model_explains_is_in_the_code(clause: str) -> None:
    assert any(re.search(rf"\b{clause}\b", text) for text in SOURCES.values())


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "CONTRIBUTING.md",
        "docs/data-model.md",
        "docs/flows.md",
        "docs/badges.md",
        "docs/distribution.md",
        "docs/door.md",
    ],
)
def test_a_file_that_a_page_names_is_there(page: str) -> None:
    named = set(FILES.findall((ROOT / page).read_text()))
    places = [ROOT / "layers/common/admit", ROOT, ROOT / "layers/common/admit/orders", ROOT / "tests"]
    assert [name for name in sorted(named) if not any(list(place.glob(name)) for place in places)] == []


def test_the_readme_names_every_function_and_every_folder_of_the_domain() -> None:
    named = first_cells("README.md")
    functions_there = {path.parent.name for path in ROOT.glob("functions/*/handler.py")}
    folders = {path.parent.name for path in ROOT.glob("layers/common/admit/*/__init__.py")}
    assert [name for name in sorted(functions_there) if f"`{name}`" not in named] == []
    assert [name for name in sorted(folders) if f"`.../{name}`" not in named] == []


def test_the_readme_names_every_parameter_that_may_be_left_out() -> None:
    parameters = TEMPLATE.split("\nParameters:\n")[1].split("\nConditions:\n")[0]
    blocks = re.findall(r"^  (\w+):\n((?:    .*\n|\n)+)", parameters, re.M)
    optional = [name for name, block in blocks if "    Default:" in block]
    assert optional
    assert [name for name in optional if f"`{name}`" not in first_cells("README.md")] == []


def test_the_runbook_names_every_failure_queue() -> None:
    queues = re.findall(r"^  (\w+FailuresUrl):", TEMPLATE, re.M)
    assert queues
    assert [name for name in queues if f"`{name}`" not in (ROOT / "docs/runbook.md").read_text()] == []


def test_the_index_of_ones_tickets_holds_what_the_list_shows_and_the_data_model_says_so() -> None:
    [projected] = re.findall(r"NonKeyAttributes:\s+\[([^\]]+)\]", TEMPLATE)
    model = (ROOT / "docs/data-model.md").read_text()
    [told] = re.findall(r"gsi4 also holds [^:]*: ([^;]+?), so\s+that", model)
    assert set(projected.split(", ")) == HeldTicket.model_fields.keys()
    assert set(re.split(r",\s+|\s+and\s+", told)) == HeldTicket.model_fields.keys()


@pytest.mark.parametrize("reason", Reason)
def test_the_data_model_explains_each_reason_of_the_door(reason: Reason) -> None:
    assert f"`{reason}`" in CONDITIONS


@pytest.mark.parametrize("status", TransferStatus)
def test_the_flows_draw_each_state_of_an_offer(status: TransferStatus) -> None:
    drawn = (ROOT / "docs/flows.md").read_text().split("stateDiagram-v2\n")[1].split("```")[0]
    assert f" {status}" in drawn
