"""Messages: what is said to people in their language, from catalogs that are kept apart from the code.

A catalog is one TOML file a language. An entry is a text, or one text for each plural category of the
language, as go-i18n writes them (https://github.com/nicksnyder/go-i18n). Braces hold what is put in.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "de", "fr", "nb", "ar")
"""In which everything is said; the first one is said to whoever reads none of them."""
_RIGHT_TO_LEFT = frozenset({"ar"})
_SAME = {"no": "nb", "nn": "nb"}
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_IN_BRACES = re.compile(r"\{([^{}\n]*)\}")
_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9]{1,8})*\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?")

type Entry = str | Mapping[str, str]


def spoken(*tags: str | None) -> str:
    """Return our language for the first BCP 47 tag that is given: "de" for "de-AT", English for others."""
    tag = next((tag for tag in tags if tag), LANGUAGES[0])
    return _known(tag) or LANGUAGES[0]


def direction(language: str) -> str:
    """Return how a language is written, as HTML says it."""
    return "rtl" if language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


def preferred(accept_language: str) -> str:
    """Return which of our languages a reader likes best, by his Accept-Language header (RFC 9110, 12.5.4)."""
    ranges = [_RANGE.fullmatch(part) for part in accept_language.split(",")]
    liked = [(float(one[2] or 1), known) for one in ranges if one and (known := _known(one[1]))]
    wanted = [(quality, language) for quality, language in liked if quality > 0]
    return max(wanted, key=lambda one: one[0])[1] if wanted else LANGUAGES[0]


@dataclass(frozen=True)
class Messages:
    """The messages of one catalog in one language."""

    language: str
    entries: Mapping[str, Entry]

    def say(self, key: str, **values: str) -> str:
        entry = self.entries[key]
        if not isinstance(entry, str):
            raise TypeError(f"{key} is said of a number")
        return filled(entry, values)

    def count(self, key: str, number: int, **values: str) -> str:
        """Say something of a number of things; the number itself is `{count}`."""
        entry = self.entries[key]
        if isinstance(entry, str):
            raise TypeError(f"{key} is not said of a number")
        return filled(entry[_plural(self.language, number)], {"count": str(number), **values})


def filled(text: str, values: Mapping[str, str]) -> str:
    """Put values into a text; what they hold is put in as it is, braces too."""
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)


def placeholders(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text))


def stray_placeholders(text: str, known: Collection[str]) -> list[str]:
    """Return what stands in braces in a text that somebody has written, and is none of the known ones."""
    return sorted({name for name in _IN_BRACES.findall(text) if name not in known})


@cache
def messages(folder: Path, language: str) -> Messages:
    """Read the catalog of one of our languages from its folder."""
    return Messages(language, tomllib.loads((folder / f"{language}.toml").read_text("utf-8")))


def _known(tag: str) -> str | None:
    base = tag.partition("-")[0].casefold()
    language = _SAME.get(base, base)
    return language if language in LANGUAGES else None


def _plural(language: str, number: int) -> str:
    """Return the plural category of a whole number.

    Source: https://www.unicode.org/cldr/charts/latest/supplemental/language_plural_rules.html
    """
    if language == "ar":
        return _arabic_plural(number)
    return "one" if number == 1 or (language == "fr" and number == 0) else "other"


def _arabic_plural(number: int) -> str:
    match number:
        case 0 | 1 | 2:
            return ("zero", "one", "two")[number]
        case _ if 3 <= number % 100 <= 10:
            return "few"
        case _:
            return "many" if number % 100 >= 11 else "other"
