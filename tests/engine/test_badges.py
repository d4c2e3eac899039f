"""Badges through the API: templates and previews of an organizer, and sheets that a job draws."""

import sys
from collections.abc import Iterator
from io import BytesIO

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from admit import keys
from admit.aws.table import DynamoTable
from admit.badges.draw import draw_badge
from admit.catalog.badge import MOST_TEMPLATES
from admit.job import QueuedWork
from admit.store import Update
from admit.tickets import badge_sheet
from admit.tickets.ticket import Images, TicketStatus
from tests.engine.api import FOUNDER, Answer
from tests.engine.hands import bought, credential, given, opened_free, shown
from tests.engine.stream import a_record
from tests.engine.till import Json, Opened, Till, tills

STRANGER = "stranger@else.example"
SIMPLE = "#let badge(face) = [#face.name]"
WITH_PARTS = '#import "badge_parts.typ": code\n#let badge(face) = [Mine: #face.name #code(face, 30mm)]'
BROKEN = "#let badge(face) = [\n#face.nme]"


@pytest.fixture
def opened(table: DynamoTable) -> Iterator[Opened]:
    with tills(table) as opens:
        yield opens


@pytest.fixture
def till(opened: Opened) -> Till:
    return opened_free(opened)


def put(till: Till, name: str, source: str) -> Answer:
    return till.api.put(f"{till.path}/badges/{name}", {"source": source}, as_=FOUNDER)


def patch(till: Till, **badge: object) -> Answer:
    return till.api.patch(till.path, {"badge": badge}, as_=FOUNDER)


def previewed(till: Till, **request: object) -> bytes:
    """Ask for a preview; return the picture that its address shows."""
    answer = till.api.post(f"{till.path}/badges/preview", request, as_=FOUNDER)
    assert answer.status == 200, answer.text
    name = answer.body["url"].removeprefix("https://bucket.example/")
    assert name.startswith(f"previews/{till.event_id}/")
    return till.api.bucket.objects[name]


# --- templates and settings ---------------------------------------------------------------------------------


def test_a_template_is_kept_shown_and_removed(till: Till) -> None:
    stored = put(till, "crew", SIMPLE)
    assert (stored.status, stored.body["source"], stored.body["changed_by"]) == (200, SIMPLE, FOUNDER)
    laid_out = f"  \n{WITH_PARTS}\n"
    put(till, "crew", laid_out)

    assert till.api.get(f"{till.path}/badges/crew", as_=FOUNDER).body["source"] == laid_out
    assert [one["name"] for one in till.api.get(f"{till.path}/badges", as_=FOUNDER).body["items"]] == ["crew"]
    assert till.api.delete(f"{till.path}/badges/crew", as_=FOUNDER).status == 204
    assert till.api.get(f"{till.path}/badges/crew", as_=FOUNDER).code == "not_found"
    assert till.api.delete(f"{till.path}/badges/crew", as_=FOUNDER).code == "not_found"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (BROKEN, "line 2: "),
        ("#let badge(face) = [", "line 1: unclosed delimiter"),
        ('#let badge(face) = read("/etc/passwd")', "line 1: file not found"),
        ('#import "@preview/cetz:0.3.0"\n#let badge(face) = []', "line 1: packages can't be used here"),
        ("#let other(face) = []", "must define badge(face)"),
        # Right for short names only.
        ("#let badge(face) = { assert(face.name.len() < 40); [x] }", "line 1: assertion failed"),
    ],
)
def test_a_template_that_fails_on_hard_names_is_refused_with_its_line(
    till: Till, source: str, message: str
) -> None:
    answer = put(till, "crew", source)
    assert (answer.status, answer.code) == (422, "invalid_input")
    [error] = answer.body["errors"]
    assert error["field"] == "source"
    assert error["message"].startswith(message)
    assert till.api.get(f"{till.path}/badges", as_=FOUNDER).body["items"] == []


@pytest.mark.parametrize("name", ["Crew", "a b", "-a", "x" * 41])
def test_a_template_has_a_plain_name(till: Till, name: str) -> None:
    assert put(till, name, SIMPLE).code == "invalid_input"


def test_an_event_has_so_many_templates(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("admit.badges.template.try_sheet", lambda *_, **__: b"")
    for number in range(MOST_TEMPLATES):
        assert put(till, f"crew-{number}", SIMPLE).status == 200
    assert put(till, "one-more", SIMPLE).code == "invalid_input"
    assert put(till, "crew-3", WITH_PARTS).status == 200


def test_an_event_uses_a_template_and_a_logo_that_are_there(till: Till) -> None:
    assert patch(till, template="crew").body["errors"][0]["field"] == "badge.template"
    assert patch(till, logo="0" * 16).body["errors"][0]["field"] == "badge.logo"
    assert patch(till, role_colours={"speaker": "red"}).code == "invalid_input"
    assert patch(till, role_colours={"boss": "#ff0000"}).code == "invalid_input"
    put(till, "crew", SIMPLE)
    form = till.api.post(f"{till.path}/uploads", {"content_type": "image/png", "bytes": 9}, as_=FOUNDER).body
    till.api.bucket.receive(form["fields"])

    changed = patch(till, template="crew", logo=form["id"], size="card", role_colours={"speaker": "#112233"})

    assert changed.status == 200, changed.text
    assert changed.body["badge"] == {
        "size": "card",
        "role_colours": {"speaker": "#112233"},
        "role_words": {},
        "logo": form["id"],
        "template": "crew",
    }
    assert till.api.delete(f"{till.path}/badges/crew", as_=FOUNDER).code == "in_use"


def test_the_copy_of_an_event_has_its_templates(till: Till) -> None:
    put(till, "crew", SIMPLE)
    patch(till, template="crew", size="label")
    request = {"slug": f"{till.event_id[:20]}-again", "starts_at": "2028-06-03T07:00:00Z"}
    copy = till.api.post(f"{till.path}/copy", request, as_=FOUNDER)
    assert copy.status == 201, copy.text
    assert copy.body["badge"] == {
        "size": "label",
        "role_colours": {},
        "role_words": {},
        "logo": None,
        "template": "crew",
    }
    path = till.path.replace(till.event_id, copy.body["id"])
    assert till.api.get(f"{path}/badges/crew", as_=FOUNDER).body["source"] == SIMPLE


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/badges", None),
        ("GET", "/badges/crew", None),
        ("PUT", "/badges/crew", {"source": SIMPLE}),
        ("DELETE", "/badges/crew", None),
        ("POST", "/badges/preview", {}),
        ("POST", "/badge-sheets", {}),
        ("GET", "/badge-sheets/some-job", None),
    ],
)
def test_a_stranger_learns_nothing_of_badges(till: Till, method: str, path: str, body: Json | None) -> None:
    answer = till.api.send(method, till.path + path, *([] if body is None else [body]), as_=STRANGER)
    assert answer.code == "not_found"


# --- previews -----------------------------------------------------------------------------------------------


def test_a_preview_shows_a_badge_with_a_code_that_no_door_takes(till: Till) -> None:
    door = till.door()
    image = Image.open(BytesIO(previewed(till, name="محمد", role="vip", size="label")))
    assert image.size == pytest.approx((101 / 25.4 * 300, 54 / 25.4 * 300), abs=2)
    [code] = zxingcpp.read_barcodes(image)
    scan = till.api.post("/checkin/scans", {"credential": code.text, "nonce": "preview"}, key=door)
    assert scan.body["reason"] == "invalid"


def test_a_preview_is_of_a_template_that_is_kept_or_not_yet(till: Till) -> None:
    put(till, "crew", SIMPLE)
    ours = previewed(till)
    assert previewed(till, template="crew") != ours
    assert previewed(till, source=SIMPLE) == previewed(till, template="crew")
    patch(till, template="crew")
    assert previewed(till) == previewed(till, source=SIMPLE)
    assert previewed(till, template=None) == ours


def test_a_preview_of_a_template_that_fails_names_the_line(till: Till) -> None:
    answer = till.api.post(f"{till.path}/badges/preview", {"source": BROKEN}, as_=FOUNDER)
    assert answer.body["errors"][0]["field"] == "source"
    assert answer.body["errors"][0]["message"].startswith("line 2: ")
    both = {"source": SIMPLE, "template": "crew"}
    assert till.api.post(f"{till.path}/badges/preview", both, as_=FOUNDER).code == "invalid_input"
    absent = till.api.post(f"{till.path}/badges/preview", {"template": "crew"}, as_=FOUNDER)
    assert absent.code == "not_found"


# --- tickets ------------------------------------------------------------------------------------------------


def test_a_ticket_gets_its_badge_though_the_template_fails_on_it(
    till: Till, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("admit.tickets.issue.draw_badge", draw_badge)
    put(till, "crew", '#let badge(face) = if face.name == "Ola Nordmann" { panic("no") } else { [x] }')
    patch(till, template="crew")
    order = bought(till)
    own = till.api.bucket.objects[till.tickets(order)[0].badge_name]
    before = till.table.get(keys.ticket(order["id"], 1))
    given(till, order)

    record = a_record(before, till.table.get(keys.ticket(order["id"], 1)))
    assert till.api.invoke("generate_tickets", {"Records": [record]}) == {"batchItemFailures": []}

    [ticket] = till.tickets(order)
    drawn = till.api.bucket.objects[ticket.badge_name]
    assert ticket.images is Images.DRAWN
    assert drawn != own
    [code] = zxingcpp.read_barcodes(Image.open(BytesIO(drawn)))
    assert code.text == credential(till, order, 1)
    assert "badge template failed" in caplog.messages


# --- sheets -------------------------------------------------------------------------------------------------


def asked(till: Till, **request: object) -> str:
    """Ask for a sheet; return the id of its job."""
    answer = till.api.post(f"{till.path}/badge-sheets", request, as_=FOUNDER)
    assert answer.status == 202, answer.text
    return str(answer.body["id"])


def drawn(till: Till, **request: object) -> str:
    job = asked(till, **request)
    till.api.work_off_jobs()
    return job


def file_of(till: Till, job: str, part: int = 1) -> bytes:
    query = {"part": str(part)}
    answer = till.api.get(f"{till.path}/badge-sheets/{job}", query=query, as_=FOUNDER)
    assert answer.status == 302, answer.text
    return till.api.bucket.objects[answer.headers["location"].removeprefix("https://bucket.example/")]


def names_on(pdf: bytes) -> list[str]:
    """Return the first word of each page that is one of the guests."""
    pages = [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
    return [next((guest for guest in GUESTS if guest in page), "") for page in pages]


def job_of(till: Till, job: str) -> Json:
    return dict(till.api.get(f"{till.path}/imports/{job}", as_=FOUNDER).body)


GUESTS = ["Åse", "anna", "Bo", "Zoë", "王小明"]


@pytest.fixture
def order(till: Till) -> Json:
    """Six tickets, five of them in hands."""
    order = bought(till, 6)
    for number, name in enumerate(["Zoë", "王小明", "anna", "Bo", "Åse"], start=1):
        given(till, order, number, name=name, email=f"guest{number}@polar.example")
    return order


def test_a_sheet_has_the_badges_of_all_who_hold_tickets_by_name(till: Till, order: Json) -> None:
    job = asked(till)
    assert till.api.get(f"{till.path}/badge-sheets/{job}", as_=FOUNDER).code == "not_ready"

    till.api.work_off_jobs()

    assert names_on(file_of(till, job)) == ["anna", "Bo", "Zoë", "Åse", "王小明"]
    shown = job_of(till, job)
    assert (shown["kind"], shown["status"], shown["total"], shown["created"]) == ("badge_sheet", "done", 1, 1)
    assert (
        till.api.get(f"{till.path}/badge-sheets/{job}", query={"part": "2"}, as_=FOUNDER).code == "not_found"
    )


def test_the_address_of_a_sheet_is_told_to_who_can_not_follow_to_it(till: Till, order: Json) -> None:
    job = drawn(till)
    query = {"part": "1", "redirect": "false"}
    answer = till.api.get(f"{till.path}/badge-sheets/{job}", query=query, as_=FOUNDER)
    assert answer.status == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    stored = till.api.bucket.objects[answer.body["url"].removeprefix("https://bucket.example/")]
    assert stored == file_of(till, job)


def test_the_codes_of_a_sheet_admit(till: Till, order: Json) -> None:
    patch(till, size="label")
    pdf = file_of(till, drawn(till, layout="a4"))
    [page] = pypdfium2.PdfDocument(pdf)
    codes = {code.text for code in zxingcpp.read_barcodes(page.render(scale=3).to_pil())}
    assert codes == {credential(till, order, 1, number) for number in range(1, 6)}
    door = till.door()
    assert {shown(till, door, code) for code in codes} == {"admitted"}


def test_a_sheet_may_have_the_tickets_that_nobody_holds_at_its_end(till: Till, order: Json) -> None:
    assert names_on(file_of(till, drawn(till, nameless=True))) == ["anna", "Bo", "Zoë", "Åse", "王小明", ""]


def test_a_sheet_is_of_certain_tickets(till: Till, order: Json) -> None:
    some = [f"{order['id']}-{number}" for number in (4, 2, 6)]
    assert names_on(file_of(till, drawn(till, ticket_ids=some))) == ["Bo", "王小明"]
    assert names_on(file_of(till, drawn(till, tier_ids=[till.tier]))) == [
        "anna",
        "Bo",
        "Zoë",
        "Åse",
        "王小明",
    ]
    empty = drawn(till, tier_ids=["another"])
    assert job_of(till, empty)["status"] == "done"
    assert till.api.get(f"{till.path}/badge-sheets/{empty}", as_=FOUNDER).code == "not_found"
    wrong = till.api.post(f"{till.path}/badge-sheets", {"ticket_ids": ["nonsense"]}, as_=FOUNDER)
    assert wrong.body["errors"][0]["field"] == "ticket_ids[0]"


def test_a_sheet_since_another_has_what_is_new_or_looks_otherwise(till: Till, order: Json) -> None:
    first = drawn(till)
    given(till, order, 6, name="Bo", email="bo@polar.example")
    given(till, order, 3, name="anna", email="anna@polar.example")

    second = drawn(till, since=first)

    assert names_on(file_of(till, second)) == ["anna", "Bo"]
    assert job_of(till, drawn(till, since=second))["created"] == 1
    unknown = till.api.post(f"{till.path}/badge-sheets", {"since": "no-such-sheet"}, as_=FOUNDER)
    assert unknown.code == "not_found"


def test_a_sheet_whose_earlier_one_is_not_kept_any_more_says_so(till: Till, order: Json) -> None:
    first = drawn(till)
    del till.api.bucket.objects[f"badge-sheets/{first}/tickets.json"]
    second = drawn(till, since=first)
    assert job_of(till, second)["status"] == "failed"
    assert (
        "not kept any more" in till.api.get(f"{till.path}/badge-sheets/{second}", as_=FOUNDER).body["detail"]
    )


def test_a_large_sheet_comes_in_files(till: Till, order: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(badge_sheet, "PART", 2)
    job = drawn(till)
    files = [names_on(file_of(till, job, part)) for part in (1, 2, 3)]
    assert files == [["anna", "Bo"], ["Zoë", "Åse"], ["王小明"]]
    assert [row["reference"] for row in job_of(till, job)["rows"]] == ["1", "2", "3"]


def test_a_sheet_that_was_cut_off_goes_on_with_the_same_tickets(
    till: Till, order: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(badge_sheet, "PART", 2)
    job = asked(till)
    message = till.api.queued[0]
    # So little time that each call does one stretch: the list, then file after file.
    assert till.api.invoke("jobs", {"Records": []}) == {"batchItemFailures": []}
    monkeypatch.setattr(sys.modules["functions.jobs.handler"], "_SECONDS", 0)
    for _ in range(2):
        assert till.api.invoke("jobs", {"Records": [as_message(message)]}) == {"batchItemFailures": []}
    given(till, order, 6, name="Bo", email="bo@polar.example")
    till.api.work_off_jobs()

    files = [names_on(file_of(till, job, part)) for part in (1, 2, 3)]
    assert files == [["anna", "Bo"], ["Zoë", "Åse"], ["王小明"]]


def as_message(message: QueuedWork) -> Json:
    return {"messageId": "message", "body": message.model_dump_json()}


def test_a_ticket_that_is_cancelled_meanwhile_is_on_no_sheet(till: Till, order: Json) -> None:
    till.table.write(
        Update(
            keys.ticket(order["id"], 4),
            "SET #status = :to",
            condition=None,
            values={"to": TicketStatus.CANCELLED},
        )
    )
    assert names_on(file_of(till, drawn(till))) == ["anna", "Zoë", "Åse", "王小明"]


def test_a_sheet_whose_template_fails_is_drawn_with_ours_and_says_so(till: Till, order: Json) -> None:
    put(till, "crew", '#let badge(face) = if face.name == "Bo" { panic("no") } else { [x] }')
    patch(till, template="crew")
    job = drawn(till)
    assert names_on(file_of(till, job)) == ["anna", "Bo", "Zoë", "Åse", "王小明"]
    assert [row["code"] for row in job_of(till, job)["rows"]] == ["template_failed"]


def test_a_sheet_that_is_asked_for_again_is_the_same(till: Till, order: Json) -> None:
    def again(**request: object) -> Answer:
        return till.api.post(f"{till.path}/badge-sheets", request, as_=FOUNDER, idempotency_key="mine")

    assert again().body["id"] == again().body["id"]
    assert again(layout="a4").code == "idempotency_conflict"
