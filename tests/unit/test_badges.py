"""Badges: what can be read on each size, whoever wears it, and what an organizer's own template may do."""

import time
import unicodedata
from datetime import UTC, date, datetime
from functools import cache
from io import BytesIO
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
import typst
import zxingcpp
from PIL import Image, ImageChops
from pypdf import PdfReader

from admit.badges import draw
from admit.badges.draw import SheetLayout, draw_badge, draw_qr, try_badge, try_sheet
from admit.badges.face import BadgeDesign, BadgeFace, drawn_from, make_face
from admit.badges.words import words_of
from admit.catalog.badge import BadgeSettings, BadgeSize, PersonRole
from admit.catalog.create import new_event
from admit.catalog.event import Event
from admit.ids import order_id
from admit.people.person import Holder
from admit.press.glyphs import FONTS, printable
from admit.press.typeset import NotDrawn, fonts
from admit.tickets.badge import face_of
from admit.tickets.credential import Credential, Signer
from admit.tickets.ticket import Ticket
from tests.builders import NOW, SIGNING_SECRET, event_settings

LONG = "Maximiliana Konstantinopoulou-Schneider von und zu Hohenlohe-Waldenburg-Schillingsfürst III"
NAMES = {
    "Latin": "Hanna Ærlig Łukasińska",
    "Vietnamese": "Đặng Thị Ngọc Ữ",
    "Cyrillic": "Константин Ґалаґан Ђорђевић",
    "Greek": "Αλέξανδρος Ἀθηνᾶ",
    "Arabic": "محمد عبد الرحمن الصديق",
    "Hebrew": "יִצְחָק בֶּן־דָּוִד",
    "Chinese": "王小明 㐂 龍",
    "Japanese": "鈴木 さくら カタカナ",
    "Korean": "김철수 뷁힣",
    "Thai": "สมชาย กุ้งน้ำพี่ใจดี",
    "Devanagari": "प्रियंका शर्मा क्ष त्र",
    "Bengali": "বাংলা নাম",
    "Tamil": "தமிழ் பெயர்",
    "Georgian": "გიორგი მამუკა",
    "Armenian": "Հայկ Հակոբյան",
    "Amharic": "አበበ ቢቂላ",
    "long": LONG,
    "one long word": "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschafers",
    "markup": "#strike[Bo] *Li* $x$ \\ _a_ @b <c>",
}
PAPERS = {BadgeSize.A6: (105, 148), BadgeSize.LABEL: (101, 54), BadgeSize.CARD: (85.6, 54)}
BAND = {BadgeSize.A6: 18, BadgeSize.LABEL: 8, BadgeSize.CARD: 8}
ORDER = order_id("event-1", "badges")
CREDENTIAL = Signer(SIGNING_SECRET, "event-1").sign(Credential(ORDER, number=1, revision=0))


@cache
def an_event(**overrides: Any) -> Event:
    settings = event_settings(**overrides)
    return new_event(
        "organizer-1", settings, event_id="event-1", public_key="", hold_minutes=10, hashed="", now=NOW
    )


def a_face(
    name: str = "Hanna Holder",
    size: BadgeSize = BadgeSize.A6,
    *,
    company: str = "Polar Systems AS",
    title: str = "Head of Research",
    role: PersonRole = PersonRole.ATTENDEE,
    tier: str = "Two-day pass",
    seat: str = "",
    design: BadgeDesign | None = None,
    **settings: Any,
) -> BadgeFace:
    holder = Holder(email="hanna@guests.example", name=name, company=company, title=title) if name else None
    return make_face(
        an_event(),
        holder,
        role,
        tier=tier,
        seat=seat,
        code="7QK2M-9XYZ-1",
        credential=CREDENTIAL,
        design=design or BadgeDesign(),
        settings=BadgeSettings.model_validate({"size": size} | settings),
    )


def picture(face: BadgeFace) -> Image.Image:
    return Image.open(BytesIO(try_badge(face))).convert("RGB")


def scale(image: Image.Image, size: BadgeSize) -> float:
    """Return the pixels of a millimetre."""
    return image.width / PAPERS[size][0]


def ink(image: Image.Image) -> tuple[int, int, int, int] | None:
    """Return where there is anything but white."""
    box: tuple[int, int, int, int] | None = ImageChops.difference(
        image, Image.new("RGB", image.size, "white")
    ).getbbox()
    return box


def text_of(pdf: bytes) -> str:
    pages = (page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    return " ".join(pages).replace("\u200b", "")


# --- letters ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", NAMES)
def test_every_letter_of_a_name_has_a_glyph(script: str) -> None:
    source = f'#set text(font: "Noto Sans", weight: "bold")\n#text({quoted(NAMES[script])})'
    # A document for archives may hold no letter that its font has not.
    pdf = typst.compile(
        source.encode(), format="pdf", font_paths=fonts(), ignore_system_fonts=True, pdf_standards="a-2b"
    )
    assert pdf.startswith(b"%PDF")
    assert printable(NAMES[script]) == unicodedata.normalize("NFC", NAMES[script])


def test_a_letter_that_no_font_has_is_noticed() -> None:
    with pytest.raises(typst.TypstError, match="could not be displayed"):
        typst.compile(
            '#text(font: "Noto Sans", "\U0001f389")'.encode(),
            format="pdf",
            font_paths=fonts(),
            ignore_system_fonts=True,
            pdf_standards="a-2b",
        )


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Zoë \U0001f389 Smith \u2615\ufe0f", "Zoë Smith"),
        ("\U0001d4d0lice", "Alice"),
        ("Ａｄａ", "Ａｄａ"),
        ("Zoe\u0308", "Zoë"),
        ("\U0001f389", ""),
    ],
)
def test_what_no_font_has_is_written_plainly_or_left_out(written: str, shown: str) -> None:
    assert printable(written) == shown


def test_the_fonts_come_with_their_licences_and_are_small() -> None:
    assert sum(file.stat().st_size for file in FONTS.iterdir()) < 8_000_000
    assert {"OFL.txt", "Apache-2.0.txt"} <= {file.name for file in FONTS.iterdir()}


# --- layout -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", BadgeSize)
@pytest.mark.parametrize("script", NAMES)
def test_whatever_the_name_nothing_leaves_its_place(script: str, size: BadgeSize) -> None:
    image = picture(a_face(NAMES[script], size, company=NAMES[script], title=NAMES[script]))
    millimetre, band = scale(image, size), BAND[size]
    above = image.crop((0, 0, image.width, int(image.height - band * millimetre) - 1))
    box = ink(above)
    assert box is not None
    left, top, right, bottom = box
    assert left >= 2 * millimetre
    assert top >= 2 * millimetre
    assert right <= image.width - 2 * millimetre
    assert bottom <= above.height - 0.5 * millimetre
    # The code is where it is on a badge without a name, and nothing has come upon it.
    assert not ImageChops.difference(code_of(image, size), code_of(nameless(size), size)).getbbox()
    [code] = zxingcpp.read_barcodes(image)
    assert code.text == CREDENTIAL


@pytest.mark.parametrize("size", BadgeSize)
@pytest.mark.parametrize("seat", ["Stalls · 12 · 7", " · ".join(["Grand circle, left side"] * 4)])
def test_a_seat_has_a_line_of_its_own_that_fits_beside_long_names(seat: str, size: BadgeSize) -> None:
    long = NAMES["long"]
    face = a_face(long, size, company=long, title=long, seat=seat)
    image, bare = picture(face), picture(a_face(long, size, company=long, title=long))
    assert ImageChops.difference(image, bare).getbbox()
    millimetre = scale(image, size)
    box = ink(image.crop((0, 0, image.width, int(image.height - BAND[size] * millimetre) - 1)))
    assert box is not None
    assert box[0] >= 2 * millimetre
    assert box[2] <= image.width - 2 * millimetre
    assert not ImageChops.difference(code_of(image, size), code_of(nameless(size), size)).getbbox()
    pdf = try_sheet([face], SheetLayout.ONE_A_PAGE)
    assert len(PdfReader(BytesIO(pdf)).pages) == 1
    assert seat.partition(" ")[0] in text_of(pdf)


def code_of(image: Image.Image, size: BadgeSize) -> Image.Image:
    """Cut out the QR code with a part of its quiet zone."""
    return image.crop(place_of_code(size))


@cache
def place_of_code(size: BadgeSize) -> tuple[int, int, int, int]:
    [code] = zxingcpp.read_barcodes(nameless(size))
    corner, opposite, margin = code.position.top_left, code.position.bottom_right, 10
    return corner.x - margin, corner.y - margin, opposite.x + margin, opposite.y + margin


@cache
def nameless(size: BadgeSize) -> Image.Image:
    return picture(a_face("", size))


@pytest.mark.parametrize(("size", "least"), [(BadgeSize.A6, 25), (BadgeSize.LABEL, 25), (BadgeSize.CARD, 22)])
def test_the_code_is_large_enough_to_be_read_from_an_arms_length(size: BadgeSize, least: float) -> None:
    image = nameless(size)
    [code] = zxingcpp.read_barcodes(image)
    assert code.ec_level == "M"
    width = code.position.top_right.x - code.position.top_left.x
    assert width / scale(image, size) >= least


@pytest.mark.parametrize("size", BadgeSize)
def test_a_badge_is_one_page_of_its_size(size: BadgeSize) -> None:
    pages = PdfReader(BytesIO(try_sheet([a_face(LONG * 1, size)] * 3, SheetLayout.ONE_A_PAGE))).pages
    assert len(pages) == 3
    sizes = [float(one) / 72 * 25.4 for one in (pages[0].mediabox.width, pages[0].mediabox.height)]
    assert sizes == pytest.approx(PAPERS[size], abs=0.1)


@pytest.mark.parametrize(("size", "pages"), [(BadgeSize.A6, 6), (BadgeSize.LABEL, 3), (BadgeSize.CARD, 3)])
def test_a_sheet_of_a4_pages_holds_as_many_badges_as_fit(size: BadgeSize, pages: int) -> None:
    faces = [a_face(f"Guest Number{number}", size) for number in range(21)]
    pdf = try_sheet(faces, SheetLayout.A4)
    assert len(PdfReader(BytesIO(pdf)).pages) == pages
    shown = text_of(pdf)
    assert all(f"Number{number}" in shown for number in range(21))
    first = pypdfium2.PdfDocument(pdf)[0].render(scale=2).to_pil()
    assert [code.text for code in zxingcpp.read_barcodes(first)] == [CREDENTIAL] * (
        4 if size is BadgeSize.A6 else 10
    )


def test_a_long_name_is_shown_whole_on_several_lines() -> None:
    shown = text_of(try_sheet([a_face(LONG, company="", title="")], SheetLayout.ONE_A_PAGE))
    assert LONG.replace(" ", "") in "".join(shown.split())


def test_what_does_not_fit_even_small_ends_in_an_ellipsis() -> None:
    shown = text_of(try_sheet([a_face("Longname" * 15, BadgeSize.CARD)], SheetLayout.ONE_A_PAGE))
    assert "LongnameLongname" in "".join(shown.split())
    assert "…" in shown


def test_a_name_that_runs_from_the_right_stands_at_the_right_of_a_label() -> None:
    def names(text: str) -> tuple[int, int]:
        image = picture(a_face(text, BadgeSize.LABEL, company="", title=""))
        millimetre = scale(image, BadgeSize.LABEL)
        box = ink(image.crop((0, int(14 * millimetre), int(62 * millimetre), int(45 * millimetre))))
        assert box is not None
        return box[0], box[2]

    latin, arabic = names("Bo Li"), names("علي")
    assert arabic[0] > latin[1]


def test_a_badge_shows_who_attends_as_what_and_where() -> None:
    shown = text_of(try_sheet([a_face(role=PersonRole.SPEAKER)], SheetLayout.ONE_A_PAGE))
    for text in (
        "Hanna Holder",
        "Polar Systems AS",
        "Head of Research",
        "Speaker",
        "Two-day pass",
        "7QK2M-9XYZ-1",
    ):
        assert text in shown
    assert "Northern Lights Conference" in shown
    assert "3\u20134 June 2027" in shown


def test_the_code_for_screens_is_read_too() -> None:
    [code] = zxingcpp.read_barcodes(Image.open(BytesIO(draw_qr(CREDENTIAL))))
    assert code.text == CREDENTIAL


# --- colours, words, what is drawn again ------------------------------------------------------------------


@pytest.mark.parametrize("role", PersonRole)
def test_each_role_has_a_colour_and_a_word_that_is_read_on_it(role: PersonRole) -> None:
    faces = {one: a_face(role=one) for one in PersonRole}
    assert len({face.colour for face in faces.values()}) == len(PersonRole)
    assert contrast(faces[role].colour, faces[role].ink) >= 4.5
    assert faces[role].role


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return float(sum(a * b for a, b in zip(linear, (0.2126, 0.7152, 0.0722), strict=True)))

    dark, bright = sorted(luminance(colour) for colour in (one, other))
    return (bright + 0.05) / (dark + 0.05)


def test_the_organizer_sets_colours_and_words_of_roles() -> None:
    face = a_face(role=PersonRole.STAFF, role_colours={"staff": "#ffee00"}, role_words={"staff": "Vakt"})
    assert (face.role, face.colour, face.ink) == ("Vakt", "#ffee00", "#000000")
    image = picture(face)
    assert image.getpixel((10, image.height - 10)) == (0xFF, 0xEE, 0x00)
    assert "Vakt" in text_of(try_sheet([face], SheetLayout.ONE_A_PAGE))


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (date(2027, 6, 3), date(2027, 6, 3), "3 June 2027"),
        (date(2027, 6, 3), date(2027, 6, 4), "3\u20134 June 2027"),
        (date(2027, 5, 30), date(2027, 6, 2), "30 May \u2013 2 June 2027"),
        (date(2027, 12, 31), date(2028, 1, 1), "31 December 2027 \u2013 1 January 2028"),
    ],
)
def test_days_are_written_once(first: date, last: date, shown: str) -> None:
    assert words_of("en").days(first, last) == shown


@pytest.mark.parametrize("language", ["en", "de", "fr", "nb"])
def test_each_language_has_all_its_words(language: str) -> None:
    words = words_of(language)
    assert len(words.months) == 12
    assert len(words.roles) == len(PersonRole)


def test_an_event_that_ends_at_midnight_lasts_no_day_longer() -> None:
    event = an_event(ends_at=datetime(2027, 6, 3, 22, 0, tzinfo=UTC), language="de")
    face = make_face(event, None, PersonRole.VIP, tier="", code="", credential=CREDENTIAL)
    assert face.place == "3. Juni 2027"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Hanna Holde"},
        {"company": ""},
        {"title": "Head of Everything"},
        {"role": PersonRole.VIP},
        {"tier": "One-day pass"},
        {"seat": "Stalls · 12 · 7"},
        {"size": BadgeSize.CARD},
        {"role_colours": {"attendee": "#000000"}},
        {"design": BadgeDesign("#let badge(face) = []")},
        {"design": BadgeDesign(None, b"logo")},
    ],
)
def test_a_badge_that_would_look_otherwise_is_told_apart(change: dict[str, Any]) -> None:
    assert drawn_from(a_face()) == drawn_from(a_face())
    assert drawn_from(a_face(**change)) != drawn_from(a_face())


def test_a_badge_with_another_credential_is_told_apart() -> None:
    assert drawn_from(a_face()._replace(credential="OTHER")) != drawn_from(a_face())


def test_a_ticket_shows_its_holder() -> None:
    ticket = Ticket(
        order_id=ORDER,
        number=7,
        event_id="event-1",
        shard=0,
        tier_id="tier-1",
        tier_title="Two-day pass",
        holder=Holder(email="hanna@guests.example", name="Hanna \U0001f389", company="Polar"),
        role=PersonRole.PRESS,
        buyer_email="kari@polar.example",
        event_ends_at=NOW,
    )
    face = face_of(ticket, an_event(), CREDENTIAL)
    assert (face.name, face.company, face.title, face.role) == ("Hanna", "Polar", "", "Press")
    assert face.code.endswith("-7")
    assert (
        face_of(ticket.model_copy(update={"holder": None, "role": None}), an_event(), CREDENTIAL).name == ""
    )


# --- logos ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("size", BadgeSize)
def test_a_logo_is_shown_however_large_it_was_uploaded(form: str, size: BadgeSize) -> None:
    image = picture(a_face(size=size, design=BadgeDesign(None, a_logo(form))))
    assert ink(ImageChops.difference(image, picture(a_face(size=size))))
    reds = [pixel for _, pixel in image.getcolors(1 << 24) or [] if is_red(pixel)]
    assert reds


def is_red(pixel: Any) -> bool:
    red, green, blue = pixel
    return bool(red > 200 and green < 60 and blue < 60)


def a_logo(form: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (2_400, 900), (230, 20, 20)).save(file, form)
    return file.getvalue()


@pytest.mark.parametrize("content", [b"no picture", b"\x89PNG\r\n\x1a\n", a_logo("PNG")[:500]])
def test_a_logo_that_cannot_be_read_is_left_out(content: bytes) -> None:
    assert try_badge(a_face(design=BadgeDesign(None, content))) == try_badge(a_face())


# --- templates of organizers ------------------------------------------------------------------------------


def custom(source: str, **face: Any) -> BadgeFace:
    return a_face(design=BadgeDesign(source), **face)


def test_a_template_draws_what_it_likes_of_a_badge() -> None:
    face = custom(
        '#import "badge_parts.typ": code, fitted\n'
        "#let badge(face) = {\n"
        "  fitted(face.name, width: face.width, height: 40mm, largest: 30pt, lines: 2)\n"
        "  place(dx: 20mm, dy: 60mm, code(face, 50mm))\n"
        "}\n"
    )
    [code] = zxingcpp.read_barcodes(picture(face))
    assert code.text == CREDENTIAL
    pdf = try_sheet([face], SheetLayout.ONE_A_PAGE)
    assert "Hanna Holder" in text_of(pdf)
    assert "Attendee" not in text_of(pdf)


def test_a_template_may_start_from_ours() -> None:
    source = '#import "badge_a6.typ": badge as ours\n#let badge(face) = ours(face + (role: "Chief"))'
    assert "Chief" in text_of(try_sheet([custom(source)], SheetLayout.ONE_A_PAGE))


@pytest.mark.parametrize(
    ("source", "line", "why"),
    [
        ("\n#let badge(face) = face.nme", 2, "nme"),
        ("#let badge(face) = [", 1, "unclosed"),
        ('#let badge(face) = read("/etc/passwd")', 1, "not found"),
        ('#let badge(face) = read("../../../../etc/passwd")', 1, "escape"),
        ('#import "@preview/cetz:0.3.0"\n#let badge(face) = []', 1, "packages"),
    ],
)
def test_a_template_that_fails_says_where(source: str, line: int, why: str) -> None:
    with pytest.raises(NotDrawn, match=why) as failed:
        try_badge(custom(source))
    assert (failed.value.file, failed.value.line, failed.value.late) == (draw.CUSTOM, line, False)


@pytest.mark.parametrize("source", ["#let badge = 3", "#let other(face) = []", "#let badge(face) = 1 + [a]"])
def test_a_template_must_define_a_badge(source: str) -> None:
    with pytest.raises(NotDrawn):
        try_badge(custom(source))


def test_a_template_that_draws_more_than_a_badge_is_cut_off() -> None:
    pdf = try_sheet([custom("#let badge(face) = lorem(3000)")] * 2, SheetLayout.ONE_A_PAGE)
    assert len(PdfReader(BytesIO(pdf)).pages) == 2


def test_a_badge_whose_template_fails_is_drawn_with_ours_and_reported() -> None:
    failures: list[NotDrawn] = []
    assert draw_badge(custom("#let badge(face) = face.nme"), failures.append) == try_badge(a_face())
    assert [failed.line for failed in failures] == [1]


SLOW = "#let badge(face) = { for a in range(9000) { for b in range(9000) { let c = a + b } } }"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "_BADGE_SECONDS", 0.5)
    monkeypatch.setattr(draw, "_too_slow", set[str]())


@pytest.mark.usefixtures("impatient")
def test_a_template_that_never_ends_is_waited_for_once() -> None:
    failures: list[NotDrawn] = []
    begun = time.monotonic()
    assert [draw_badge(custom(SLOW), failures.append) for _ in range(5)] == [try_badge(a_face())] * 5
    assert [failed.late for failed in failures] == [True]
    assert time.monotonic() - begun < 5
    # Others are drawn as before.
    assert try_badge(custom("#let badge(face) = [#face.name]"))


@pytest.mark.usefixtures("impatient")
def test_a_template_finds_no_credentials_in_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with pytest.raises(NotDrawn, match="not found"):
        try_badge(custom('#let badge(face) = read("/proc/self/environ")'))
