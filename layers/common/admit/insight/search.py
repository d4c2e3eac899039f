"""Search for persons of an event by the beginnings of words: of name, company and address.

The words are projected from the stream: written when somebody gets them, removed when he loses them, the same
however often the change comes.
"""

from typing import NamedTuple

from admit import keys
from admit.catalog.event import Event
from admit.people.person import Person, load_person
from admit.store import Table
from admit.words import asked_in, look_up, word_writes, words_in, words_of_address


class Found(NamedTuple):
    persons: list[Person]
    cursor: str | None


def words_of(person: Person | None) -> frozenset[str]:
    """Return the words by which a person is found; none of one who was merged or erased."""
    if person is None or person.merged_into is not None or person.erased_at is not None:
        return frozenset()
    return frozenset({*words_in(f"{person.name} {person.company or ''}"), *words_of_address(person.email)})


def index_person(table: Table, before: Person | None, after: Person) -> None:
    """Bring the words that a change of a person has touched to what he is called now.

    Now, not after the change: an older change may come again behind a newer one.
    """
    touched = words_of(before) ^ words_of(after)
    present = words_of(load_person(table, after.id)) if touched else frozenset()
    for write in word_writes(
        touched,
        present,
        lambda word: keys.search_word(after.event_id, after.shard, word, after.id),
    ):
        table.write(write)


def find_persons(table: Table, event: Event, text: str, *, limit: int, cursor: str | None) -> Found:
    """Return one page of the persons who have a word beginning so for each word of the text.

    The longest word is looked up: one read a shard, then the persons themselves. A page may be short.
    Raises Invalid.
    """
    asked = asked_in(text)
    if asked is None:
        return Found([], None)
    partitions = [keys.search_words(event.id, nn) for nn in range(event.shards)]
    matches = look_up(table, partitions, asked, limit=limit, cursor=cursor)
    items = table.get_many([keys.person(one) for one in matches.ids])
    persons = [Person.of(item) for item in items]
    met = [person for person in persons if matches.leads_to(person.id, words_of(person), asked)]
    return Found(met, matches.cursor)
