"""A question that an event asks with an order, or of each person who attends."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from admit import keys
from admit.faults import DAY, FaultCode, wrong
from admit.ids import digest
from admit.model import ONE_LINE, Entity, Shape
from admit.store import Item, Put

MOST_TEXT = 4_000
_MOST_NUMBER = 10**12
_MOST_OPTIONS = 200
_MOST_OF_AN_OPTION = 120


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError as exc:
        raise wrong(FaultCode.NOT_A_DATE, "is not a day of the calendar") from exc
    return text


type Day = Annotated[str, StringConstraints(pattern=DAY), AfterValidator(_day)]
"""ISO 8601: 2027-06-03."""


def _storable(value: object) -> object:
    """Refuse what no question can be answered with; what it is asked for is looked at with the question."""
    match value:
        case bool():
            return value
        case int() if abs(value) <= _MOST_NUMBER:
            return value
        case str() if len(value) <= MOST_TEXT:
            return value
        case list() if len(value) <= _MOST_OPTIONS and all(
            isinstance(one, str) and len(one) <= _MOST_OF_AN_OPTION for one in value
        ):
            return value
    raise ValueError("must be a text, a whole number, true or false, or a list of options")


type Answer = Annotated[bool | int | str | list[str], BeforeValidator(_storable)]
type Answers = Annotated[dict[Annotated[str, Field(max_length=40)], Answer | None], Field(max_length=100)]
"""By question; what is left out stays as it was answered before, null takes an answer back."""


class QuestionKind(StrEnum):
    """How a question is answered: a day as 2027-06-03, a country by its two letters, choices by option."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    EMAIL = "email"
    PHONE = "phone"
    COUNTRY = "country"


WITH_OPTIONS = frozenset({QuestionKind.CHOICE, QuestionKind.CHOICES})
_OF_TEXT = frozenset({QuestionKind.TEXT, QuestionKind.LONG_TEXT})
_LIMITED = _OF_TEXT | {QuestionKind.NUMBER, QuestionKind.CHOICES, QuestionKind.DATE}


class AskedOf(StrEnum):
    """Whom a question is for: the buyer, once an order, or each person who attends."""

    ORDER = "order"
    ATTENDEE = "attendee"


class AskedAt(StrEnum):
    """By when a required question is answered: with the order, when a ticket is given to a person, or any
    time until the event."""

    PURCHASE = "purchase"
    ASSIGNMENT = "assignment"
    LATER = "later"

    def by(self, moment: "AskedAt") -> bool:
        """Say whether it is asked at that moment, or was before."""
        moments = list(AskedAt)
        return moments.index(self) <= moments.index(moment)


type Wording = Annotated[str, StringConstraints(min_length=1, max_length=300), ONE_LINE]
type OptionId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$")]
type Label = Annotated[str, StringConstraints(min_length=1, max_length=_MOST_OF_AN_OPTION), ONE_LINE]
type Help = Annotated[str, StringConstraints(max_length=2_000)]
type TierIds = Annotated[list[str], Field(max_length=100)]


class OptionSettings(Shape):
    id: OptionId | None = None
    """Left out: it is given one."""
    label: Label
    active: bool = True
    """An option that may have been chosen is not removed, but offered no more."""


class Option(Shape):
    id: str
    label: str
    active: bool = True


type Options = Annotated[list[OptionSettings], Field(max_length=_MOST_OPTIONS)]
type Bound = Annotated[int, Field(ge=-_MOST_NUMBER, le=_MOST_NUMBER, strict=True)] | Day


class Limits(Shape):
    """What an answer lies between, both included: a number, a day, the length of a text, how many options."""

    min: Bound | None = None
    max: Bound | None = None


class Condition(Shape):
    """A question is asked when an earlier one was answered with one of these values: option, country, true or
    false."""

    question_id: Annotated[str, Field(max_length=40)]
    values: Annotated[
        list[bool | Annotated[str, Field(max_length=40)]], Field(min_length=1, max_length=_MOST_OPTIONS)
    ]


class QuestionPatch(Shape):
    """The fields of a question that its organizer may change; one that is left out stays as it is."""

    title: Wording | None = None
    help: Help | None = None
    options: Options | None = None
    required: bool | None = None
    asked_at: AskedAt | None = None
    tier_ids: TierIds | None = None
    """Asked with these tiers; empty: with every tier, of attendees but with add-ons."""
    shown_if: Condition | None = None
    position: Annotated[int, Field(ge=0, le=10_000, strict=True)] | None = None
    active: bool | None = None
    limits: Limits | None = None


class QuestionSettings(QuestionPatch):
    """The fields of a question that its organizer sets; kind, asked_of and consent are set once for all."""

    title: Wording
    help: Help = ""
    kind: QuestionKind
    options: Options = []
    required: bool = False
    asked_of: AskedOf
    asked_at: AskedAt = AskedAt.PURCHASE
    tier_ids: TierIds = []
    active: bool = True
    consent: bool = False
    """Whether a yes is recorded as consent, with its time and the wording that was agreed to."""

    @model_validator(mode="after")
    def _fits_together(self) -> "QuestionSettings":
        ids = [option.id for option in self.options if option.id]
        labels = [option.label.casefold() for option in self.options]
        if (self.kind in WITH_OPTIONS) != bool(self.options):
            raise ValueError("options go with choice and choices, and these need them")
        if len(set(ids)) < len(ids) or len(set(labels)) < len(labels):
            raise ValueError("options must differ in id and label")
        if self.asked_of is AskedOf.ORDER and self.asked_at is AskedAt.ASSIGNMENT:
            raise ValueError("asked_at of an order is purchase or later")
        if self.consent and self.kind is not QuestionKind.YES_NO:
            raise ValueError("consent is a question of kind yes_no")
        if self.limits is not None:
            _refuse_limits(self.kind, self.limits)
        return self


def _refuse_limits(kind: QuestionKind, limits: Limits) -> None:
    bounds = [bound for bound in (limits.min, limits.max) if bound is not None]
    wanted = str if kind is QuestionKind.DATE else int
    if kind not in _LIMITED:
        raise ValueError(f"limits go with {', '.join(sorted(_LIMITED))}")
    if not all(isinstance(bound, wanted) for bound in bounds):
        raise ValueError("limits are days for a date, whole numbers otherwise")
    if kind is not QuestionKind.NUMBER and any(isinstance(bound, int) and bound < 0 for bound in bounds):
        raise ValueError("limits of lengths and choices start at zero")
    match limits.min, limits.max:
        case (int(low), int(high)) if low > high:
            raise ValueError("limits.max must not be below limits.min")
        case (str(first), str(last)) if first > last:
            raise ValueError("limits.max must not be before limits.min")


class Question(Entity):
    id: str
    event_id: str
    title: str
    help: str = ""
    kind: QuestionKind
    options: list[Option] = []
    required: bool = False
    asked_of: AskedOf
    asked_at: AskedAt
    tier_ids: list[str] = []
    shown_if: Condition | None = None
    position: int = 0
    active: bool = True
    consent: bool = False
    limits: Limits | None = None
    request_hash: str = ""
    revision: int = 1

    @classmethod
    def of(cls, item: Item) -> Self:
        return cls.model_validate({**item, "kind": item["asked_as"]})

    def put(self) -> Put:
        # Of an item, kind says that it is a question.
        attributes = {**self.attributes(), "asked_as": self.kind, "kind": "question"}
        return Put(keys.question(self.event_id, self.id), attributes)

    @property
    def wording(self) -> str:
        """What tells the text that somebody agrees to from another one."""
        return digest("wording", self.title, self.help)[:16]

    @property
    def place(self) -> tuple[int, str]:
        """By which questions stand in order."""
        return self.position, self.id

    def asked_with(self, tier_ids: Mapping[str, bool]) -> bool:
        """Say whether it is asked with tickets of these tiers, each with whether it brings a guest."""
        if self.tier_ids:
            return any(tier_id in tier_ids for tier_id in self.tier_ids)
        return self.asked_of is AskedOf.ORDER or any(tier_ids.values())

    def shown(self, given: Mapping[str, Any]) -> bool:
        """Say whether its condition holds, by the answers to the questions before it."""
        if self.shown_if is None:
            return True
        answer = given.get(self.shown_if.question_id)
        chosen = answer if isinstance(answer, list) else [answer]
        return any(one == value for one in chosen for value in self.shown_if.values)
