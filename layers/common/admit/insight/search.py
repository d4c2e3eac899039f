"""Search for persons of an event by the beginnings of words: of the name, the company and the address.

Each word of a person is an item of its own, projected from the stream: written when he gets it, removed when
he loses it, the same however often the change comes. A search reads as many words as a page has, whatever the
size of the event.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from admit import keys
from admit.catalog.event import Event
from admit.ids import normal_email
from admit.people.person import Person, load_person
from admit.store import Delete, Put, Table

_LONGEST_WORD = 80
_LAST = "\U0010ffff"


class Found(NamedTuple):
    persons: list[Person]
    cursor: str | None


def words_of(person: Person | None) -> frozenset[str]:
    """Return the words by which a person is found; none of one who was merged or erased."""
    if person is None or person.merged_into is not None or person.erased_at is not None:
        return frozenset()
    address = normal_email(person.email)
    texts = f"{person.name} {person.company or ''}"
    return frozenset({*_words(texts), address[:_LONGEST_WORD], *_words(address.replace("@", " "))})


def index_person(table: Table, before: Person | None, after: Person) -> None:
    """Bring the words that a change of a person has touched to what he is called now.

    Now, not after the change: an older change may come again behind a newer one.
    """
    touched = words_of(before) ^ words_of(after)
    present = words_of(load_person(table, after.id)) if touched else frozenset()
    for word in sorted(touched):
        key = keys.search_word(after.event_id, after.shard, word, after.id)
        if word in present:
            table.write(Put(key, {"kind": "word", "person_id": after.id}, condition=None))
        else:
            table.write(Delete(key, condition=None))


def find_persons(table: Table, event: Event, text: str, *, limit: int, cursor: str | None) -> Found:
    """Return one page of the persons who have a word beginning so for each word of the text.

    The longest word is looked up: one read a shard, then the persons themselves. A page may be short.
    """
    asked = sorted(_asked(text), key=len, reverse=True)
    if not asked:
        return Found([], None)
    first = asked[0]
    entries = sorted(
        (item["sk"], item["person_id"])
        for nn in range(event.shards)
        for item in table.span(
            keys.search_words(event.id, nn), after=cursor or first, until=first + _LAST, limit=limit
        )
    )
    page, rest = entries[:limit], entries[limit:]
    ids = list(dict.fromkeys(person_id for _, person_id in page))
    persons = [Person.of(item) for item in table.get_many([keys.person(one) for one in ids])]
    met = [person for person in persons if _has_all(words_of(person), asked)]
    more = rest or len(page) == limit
    return Found(met, page[-1][0] if more and page else None)


def _has_all(words: frozenset[str], asked: list[str]) -> bool:
    return all(any(word.startswith(begin) for word in words) for begin in asked)


def _asked(text: str) -> list[str]:
    folded = normal_email(text)
    return [folded[:_LONGEST_WORD]] if "@" in folded and " " not in folded else list(_words(folded))


def _words(text: str) -> Iterator[str]:
    for word in re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()):
        yield word[:_LONGEST_WORD]
