"""Messages: which language a reader gets, and that each catalog says the same things in all of them."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from admit.acts import preview
from admit.mail import kinds, tongue
from admit.mail.kinds import KINDS, TextKind, default_wording
from admit.messages import (
    LANGUAGES,
    Messages,
    direction,
    filled,
    messages,
    placeholders,
    preferred,
    spoken,
    stray_placeholders,
)
from admit.orders import explain

OTHERS = LANGUAGES[1:]
ARABIC_PLURALS = ("zero", "one", "two", "few", "many", "other")
CATALOGS = {
    explain.MESSAGES: [Path(explain.__file__)],
    preview.MESSAGES: [Path(preview.__file__)],
    Path(tongue.__file__).with_name("messages"): sorted(Path(kinds.__file__).parent.glob("*.py")),
}


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("fr-CA", "fr"),
        ("nb", "nb"),
        ("no", "nb"),
        ("nn-NO", "nb"),
        ("ar-EG", "ar"),
        ("en-US", "en"),
        ("pt-BR", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_a_reader_is_spoken_to_in_his_base_language_or_english(tag: str | None, language: str) -> None:
    assert spoken(tag) == language


def test_the_first_language_that_is_known_of_somebody_counts() -> None:
    assert spoken(None, "", "fr", "de") == "fr"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("sv, nn;q=0.8, en;q=0.7", "nb"),
        ("en;q=0.5, fr;q=0.9", "fr"),
        ("en, fr", "en"),
        ("de;q=0, fr;q=0.1", "fr"),
        ("de;q=0", "en"),
        ("*", "en"),
        ("zh-Hant-TW", "en"),
        ("de;q=nonsense, fr", "fr"),
        (";;;,,,q=1", "en"),
    ],
)
def test_a_page_speaks_the_language_that_its_reader_likes_best(header: str, language: str) -> None:
    assert preferred(header) == language


@pytest.mark.parametrize(
    ("language", "number", "said"),
    [
        ("en", 0, "many"),
        ("en", 1, "one"),
        ("de", 2, "many"),
        ("fr", 0, "one"),
        ("fr", 1, "one"),
        ("fr", 2, "many"),
    ],
)
def test_a_number_takes_the_plural_of_its_language(language: str, number: int, said: str) -> None:
    entries: Mapping[str, Mapping[str, str]] = {"things": {"one": "one", "other": "many"}}
    assert Messages(language, entries).count("things", number) == said


def test_what_is_put_in_is_never_read_as_a_placeholder() -> None:
    assert filled("{name} {link}", {"name": "{link}", "link": "x"}) == "{link} x"


def test_whatever_stands_in_braces_and_is_not_known_is_found() -> None:
    text = "{name} {Name} { name } {} {{x}} a { b"
    assert stray_placeholders(text, {"name"}) == ["", " name ", "Name", "x"]


def shape(entry: object) -> object:
    """Return which placeholders an entry has, for each plural."""
    if isinstance(entry, str):
        return sorted(re.findall(r"\{([^}]*)\}", entry))
    assert isinstance(entry, dict)
    [of_number] = {tuple(sorted(placeholders(text) - {"count"})) for text in entry.values()}
    return list(of_number)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("folder", CATALOGS, ids=lambda folder: folder.parent.name)
def test_what_is_said_of_a_number_is_said_in_every_plural_of_the_language(
    folder: Path, language: str
) -> None:
    plurals = set(ARABIC_PLURALS) if language == "ar" else {"one", "other"}
    entries = messages(folder, language).entries.values()
    assert all(entry.keys() == plurals for entry in entries if not isinstance(entry, str))


@pytest.mark.parametrize(
    ("number", "category"),
    [
        (0, "zero"),
        (1, "one"),
        (2, "two"),
        (3, "few"),
        (10, "few"),
        (11, "many"),
        (99, "many"),
        (100, "other"),
        (102, "other"),
        (103, "few"),
        (111, "many"),
        (1_000, "other"),
    ],
)
def test_arabic_has_six_plurals(number: int, category: str) -> None:
    entries = {"things": {name: name for name in ARABIC_PLURALS}}
    assert Messages("ar", entries).count("things", number) == category


@pytest.mark.parametrize(("language", "direction_of"), [("ar", "rtl"), ("ar-EG", "rtl"), ("de", "ltr")])
def test_arabic_is_written_from_right_to_left(language: str, direction_of: str) -> None:
    assert direction(language) == direction_of


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("folder", CATALOGS, ids=lambda folder: folder.parent.name)
def test_each_language_says_every_message_with_the_same_placeholders(folder: Path, language: str) -> None:
    english, other = messages(folder, "en").entries, messages(folder, language).entries
    assert {key: shape(entry) for key, entry in other.items()} == {
        key: shape(entry) for key, entry in english.items()
    }


@pytest.mark.parametrize(("folder", "sources"), CATALOGS.items(), ids=lambda one: getattr(one, "name", ""))
def test_no_message_is_unused(folder: Path, sources: list[Path]) -> None:
    code = "\n".join(path.read_text() for path in sources)
    reasons = {kind.because for kind in KINDS.values()}
    unused = [key for key in messages(folder, "en").entries if f'"{key}"' not in code and key not in reasons]
    assert unused == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", TextKind)
def test_each_kind_of_mail_has_a_text_in_each_language_that_asks_for_the_same(
    kind: TextKind, language: str
) -> None:
    wording, english = default_wording(kind, language), default_wording(kind, "en")
    assert placeholders(wording.text) == placeholders(english.text)
    assert placeholders(wording.subject) == placeholders(english.subject)
    assert stray_placeholders(wording.subject + wording.text, KINDS[kind].placeholders) == []
    assert ("{link}" in wording.text) is KINDS[kind].has_link
    assert wording.text.startswith("{greeting}\n\n")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_of_a_kind_that_is_not_there(language: str) -> None:
    assert kinds._wordings(language).keys() == set(TextKind)


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_was_left_in_english(language: str) -> None:
    alike = {"colon", "time", "days", "label_ticket", "label_tickets", "label_name"}
    same = {
        key
        for folder in CATALOGS
        for key, entry in messages(folder, language).entries.items()
        if entry == messages(folder, "en").entries[key]
    }
    assert same <= alike


@pytest.mark.parametrize("flow", ["catalog", "project", "purchase", "my_tickets"])
def test_what_answers_requests_does_not_wait_for_the_calendars_of_the_world(flow: str) -> None:
    asked = f"import runpy, sys; runpy.run_path('functions/{flow}/handler.py'); print('babel' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", asked],
        env=os.environ | {"TABLE_NAME": "admit", "AWS_DEFAULT_REGION": "eu-west-1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == "False"
