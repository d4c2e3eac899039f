"""The reference by which a payment finds its invoice, and the finding of it in what a bank passes on.

A creditor reference is RF, two check digits and up to 21 letters and digits (ISO 11649; ISO 7064, mod 97-10).
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from stdnum import iso11649
from stdnum.iso7064 import mod_97_10

_MOST_OF_A_NUMBER = 21
_NOT_OURS = re.compile(r"[^A-Z0-9]")

# What people and banks put between the parts of a reference: blanks, line ends, hyphens of any kind.
_GAP = r"[\s\-./_]{0,3}"
_RF = re.compile(rf"(?<![A-Z0-9])R{_GAP}F{_GAP}([0-9]){_GAP}([0-9])((?:{_GAP}[A-Z0-9]){{1,21}})")
_ENDS_IN_A_NUMBER = re.compile(r"[0-9]{6}$")

# INV-000123 as it is printed, the hyphen perhaps another mark, the digits perhaps apart.
_MARK = r"\s{0,2}[-_/]\s{0,2}"
_DIGITS = r"(?P<digits>(?:[0-9]\s{0,2}){5}[0-9]{1,4})(?![0-9])"
_MARKED = re.compile(rf"(?<![A-Z0-9])(?P<prefix>[A-Z0-9]{{1,12}}){_MARK}{_DIGITS}")
# A prefix that a line end cut in two.
_CUT = re.compile(rf"(?<![A-Z0-9])(?P<prefix>[A-Z0-9]{{1,11}}\n[A-Z0-9]{{1,11}}){_MARK}{_DIGITS}")
# Without the hyphen: the prefix is what goes up to the last letter, and perhaps digits such as a year.
_BARE = re.compile(
    r"(?<![A-Z0-9])(?P<prefix>[A-Z0-9]{0,11}[A-Z])[\s.]{0,2}"
    r"(?P<digits>[0-9]{6,10}|[0-9]{1,5}\s[0-9]{1,5}(?!\s?[0-9]))(?![A-Z0-9])"
)
_MOST_OF_A_PREFIX = 12
_FEWEST_DIGITS = 6
_MOST_DIGITS = 9


def payment_reference(invoice_number: str) -> str:
    """Return the creditor reference of an invoice: INV-000123 has RF73INV000123.

    Raises ValueError for a number without letters and digits, or with more than 21 of them.
    """
    number = _NOT_OURS.sub("", invoice_number.upper())
    if not 1 <= len(number) <= _MOST_OF_A_NUMBER:
        raise ValueError("an invoice number has 1 to 21 letters and digits")
    return f"RF{mod_97_10.calc_check_digits(f'{number}RF')}{number}"


def printed(reference: str) -> str:
    """Return a reference in groups of four, as people read it off."""
    return iso11649.format(reference)


class _Hit(NamedTuple):
    at: int
    found: str


def references_in(text: str) -> list[str]:
    """Return what a remittance text may mean, in its order: creditor references and numbers of invoices.

    Both in normal form: RF73INV000123, INV-000123. Blanks, line ends, lower case and other hyphens are read
    past. A creditor reference passes its check digits. A number is only what looks like one, so what is
    found has still to be looked up; where a text can be read in two ways, both are there.
    """
    text = _plain(text)
    hits = []
    for start, stop, references in _creditor_references(text):
        hits += [_Hit(start, reference) for reference in references]
        text = text[:start] + "\x00" * (stop - start) + text[stop:]
    hits += _numbers(text)
    return list(dict.fromkeys(hit.found for hit in sorted(hits, key=lambda hit: hit.at)))


def _plain(text: str) -> str:
    """Write a text in capitals, with plain letters and line ends, and each dash as a hyphen."""
    text = unicodedata.normalize("NFKC", text).upper()
    text = "".join("-" if unicodedata.category(character) == "Pd" else character for character in text)
    return "\n".join(text.replace("\u2212", "-").replace("\u00ad", "-").splitlines())


def _creditor_references(text: str) -> Iterator[tuple[int, int, list[str]]]:
    """Yield where valid references stand, and which: of several lengths, those that end in a number.

    Words that follow may be read as part of it, and one in 97 of such readings passes by chance.
    """
    at = 0
    while match := _RF.search(text, at):
        body = match[3]
        valid = []
        for stop in range(1, len(body) + 1):
            content = _NOT_OURS.sub("", body[:stop])
            if not body[stop - 1].isalnum() or not _may_end(
                content, body[stop - 1], text, match.start(3) + stop
            ):
                continue
            reference = f"RF{match[1]}{match[2]}{content}"
            if iso11649.is_valid(reference):
                valid.append((match.start(3) + stop, reference))
        ours = [found for found in valid if _ENDS_IN_A_NUMBER.search(found[1][4:])]
        at = match.start() + 1
        if chosen := ours or valid:
            # What follows the shortest may be another reference that a longer reading has swallowed.
            at = chosen[0][0]
            yield match.start(), at, [reference for _, reference in chosen]


def _may_end(content: str, last: str, text: str, stop: int) -> bool:
    """Say whether a reference can end here: with a word, or where words follow its number at once."""
    following = text[stop : stop + 1]
    if not following.isalnum():
        return True
    return last.isdigit() and following.isalpha() and bool(_ENDS_IN_A_NUMBER.search(content))


def _numbers(text: str) -> Iterator[_Hit]:
    for pattern in (_MARKED, _CUT):
        for match in pattern.finditer(text):
            prefix, digits = ("".join(match[name].split()) for name in ("prefix", "digits"))
            if len(prefix) <= _MOST_OF_A_PREFIX and len(digits) <= _MOST_DIGITS:
                yield _Hit(match.start(), f"{prefix}-{digits}")
    for match in _BARE.finditer(text):
        prefix, digits = match["prefix"], "".join(match["digits"].split())
        if _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS:
            yield _Hit(match.start(), f"{prefix}-{digits}")
        # Numbers are filled up to six digits, so digits before the last six may belong to the prefix.
        head, tail = digits[:-_FEWEST_DIGITS], digits[-_FEWEST_DIGITS:]
        if head and len(prefix + head) <= _MOST_OF_A_PREFIX:
            yield _Hit(match.start(), f"{prefix}{head}-{tail}")
