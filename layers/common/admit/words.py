"""Search by the beginnings of words: each word of a thing is an item of its own, which names the thing.

A search reads as many words as a page has, whatever there is to be searched. A phrase, several words as they
follow each other, may be such an item as well; the quotation mark before it tells it from a word.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from admit.errors import Invalid
from admit.ids import normal_email
from admit.store import Delete, Key, Put, Table

LONGEST_WORD = 80
_LAST = "\U0010ffff"
# Neither in a word nor in an address, and nothing that is trimmed off a cursor.
_PHRASE = '"'


class Asked(NamedTuple):
    """What somebody looks for: each word begins a word of what is found."""

    words: list[str]
    """The longest first, which is looked up."""
    phrase: str | None = None
    """Looked up before it, where phrases are kept."""

    @property
    def begins(self) -> list[str]:
        """What is looked up, one after the other."""
        return [self.phrase, self.words[0]] if self.phrase else self.words[:1]

    def fits(self, words: Collection[str]) -> bool:
        """Say whether what has these words is what is looked for."""
        return all(any(word.startswith(begin) for word in words) for begin in self.words)


class Match(NamedTuple):
    """A word that begins as it should, and what has it."""

    sort_key: str
    begin: str

    @property
    def word(self) -> str:
        return self.sort_key.rpartition("#")[0]

    @property
    def id(self) -> str:
        return self.sort_key.rpartition("#")[2]

    def is_first(self, words: Collection[str], asked: Asked) -> bool:
        """Say whether nothing else leads to what has these words before this match does."""
        for begin in asked.begins:
            led = [word for word in words if word.startswith(begin)]
            if led:
                return (begin, min(led)) == (self.begin, self.word)
        return False


class Matches(NamedTuple):
    page: list[Match]
    cursor: str | None

    @property
    def ids(self) -> list[str]:
        return list(dict.fromkeys(match.id for match in self.page))

    def leads_to(self, identifier: str, words: Collection[str], asked: Asked) -> bool:
        """Say whether what has these words is found, and on this page before any other."""
        own = (match for match in self.page if match.id == identifier)
        return asked.fits(words) and any(match.is_first(words, asked) for match in own)


def words_in(text: str) -> Iterator[str]:
    for word in re.findall(r"\w+", _folded(text)):
        yield word[:LONGEST_WORD]


def words_of_address(email: str) -> set[str]:
    """Return the words of an e-mail address, and the whole of it."""
    address = normal_email(email)
    return {address[:LONGEST_WORD], *words_in(address.replace("@", " "))}


def phrase_of(text: str) -> str:
    """Return the words of a text as one phrase, however they are separated."""
    return f"{_PHRASE}{' '.join(words_in(text))}"[:LONGEST_WORD]


def asked_in(text: str, *, phrases: bool = False) -> Asked | None:
    """Read what somebody looks for; None when there is no word in it."""
    folded = normal_email(text)
    if "@" in folded and " " not in folded:
        return Asked([folded[:LONGEST_WORD]])
    words = sorted(words_in(folded), key=len, reverse=True)
    if not words:
        return None
    return Asked(words, phrase_of(folded) if phrases and len(words) > 1 else None)


def word_writes(
    touched: Collection[str], present: Collection[str], key_of: Callable[[str], Key]
) -> list[Put | Delete]:
    """Return the writes that bring the words that a change has touched to those that are present."""
    return [
        Put(key_of(word), {"kind": "word"}, condition=None)
        if word in present
        else Delete(key_of(word), condition=None)
        for word in sorted(touched)
    ]


def look_up(
    table: Table, partitions: Sequence[str], asked: Asked, *, limit: int, cursor: str | None
) -> Matches:
    """Return one page of the words that begin so; at most two reads a partition. Raises Invalid."""
    begins = asked.begins
    if cursor is not None:
        # A phrase begins with its mark and a word does not, so a cursor is within one of them at most.
        within = [at for at, begin in enumerate(begins) if cursor.startswith(begin)]
        if not within:
            raise Invalid.field("cursor", "is not one that this list has answered")
        begins = begins[within[0] :]
    found: list[Match] = []
    for begin in begins:
        found += _beginning(table, partitions, begin, after=cursor or begin, limit=limit + 1 - len(found))
        cursor = None
        if len(found) > limit:
            return Matches(found[:limit], found[limit - 1].sort_key)
    return Matches(found, None)


def _beginning(table: Table, partitions: Sequence[str], begin: str, *, after: str, limit: int) -> list[Match]:
    items = [
        item["sk"]
        for partition in partitions
        for item in table.span(partition, after=after, until=begin + _LAST, limit=limit)
    ]
    return [Match(sort_key, begin) for sort_key in sorted(items)[:limit]]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
