"""What an event asks, and whether that is answered: the same for orders and for persons who attend."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import StringConstraints, TypeAdapter, ValidationError

from admit.catalog.catalog import Catalog
from admit.catalog.question import (
    WITH_OPTIONS,
    Answer,
    AskedAt,
    AskedOf,
    Day,
    Limits,
    Question,
    QuestionKind,
)
from admit.errors import Fault, Invalid
from admit.faults import COUNTRY
from admit.model import ONE_LINE, Email, Phone, Shape


class AnswerView(Shape):
    """An answer with what was asked."""

    question_id: str
    title: str
    answer: Answer
    text: str
    """The answer as people read it: options by their labels."""


class Agreement(NamedTuple):
    """What somebody has answered to a question for his consent, and how that was worded."""

    given: bool
    wording: str


class Review(NamedTuple):
    """Answers as they are kept, and everything that is wrong with them."""

    answers: dict[str, Answer]
    faults: list[Fault]


def questions_of(catalog: Catalog, of: AskedOf) -> list[Question]:
    """Return all questions of orders, or of attendees, in order."""
    found = (question for question in catalog.questions.values() if question.asked_of is of)
    return sorted(found, key=lambda question: question.place)


def asked(catalog: Catalog, of: AskedOf, tier_ids: Collection[str]) -> list[Question]:
    """Return the questions that tickets of these tiers bring with them, in order."""
    tiers = {tier_id: catalog.tiers.get(tier_id) for tier_id in tier_ids}
    guests = {tier_id: tier is None or tier.add_on_of is None for tier_id, tier in tiers.items()}
    return [one for one in questions_of(catalog, of) if one.active and one.asked_with(guests)]


def checked(
    catalog: Catalog,
    of: AskedOf,
    answers: Mapping[str, Answer | None],
    *,
    tier_ids: Collection[str],
    when: AskedAt | None,
    earlier: Mapping[str, Answer] = {},
) -> dict[str, Answer]:
    """Return all answers as they are kept, those from earlier among them.

    Raises Invalid with all faults, each with its field `answers.{question_id}`.
    """
    review = review_answers(catalog, of, answers, tier_ids=tier_ids, when=when, earlier=earlier)
    if review.faults:
        raise Invalid(faults=review.faults)
    return review.answers


def review_answers(
    catalog: Catalog,
    of: AskedOf,
    answers: Mapping[str, Answer | None],
    *,
    tier_ids: Collection[str],
    when: AskedAt | None,
    earlier: Mapping[str, Answer] = {},
    field: str = "answers",
) -> Review:
    """Look at answers beside those from earlier, and at what is missing `when` they are given.

    An answer to what is not asked (hidden by its condition, not active, of other tiers) is dropped; to a
    question that the event does not know it is a fault. Without `when` nothing is required. An answer that
    was given earlier is not looked at again.
    """
    known = {question.id for question in questions_of(catalog, of)}
    faults = [
        Fault(f"{field}.{unknown}", "is not a question that is asked here")
        for unknown in answers
        if unknown not in known
    ]
    questions = asked(catalog, of, tier_ids)
    given: dict[str, Answer] = {}
    for question in questions:
        if not question.shown(given):
            continue
        before = earlier.get(question.id)
        answer = answers.get(question.id, before)
        wrong = None
        if before is not None and answer == before:
            given[question.id] = before
        elif answer is not None and answer not in ("", []):
            given[question.id] = answer
            wrong = _wrong(question, answer)
        if wrong is None and _lacks(question, given, when):
            wrong = "must be agreed to" if question.consent else "must be answered"
        if wrong is not None:
            faults.append(Fault(f"{field}.{question.id}", wrong))
    here = {question.id for question in questions}
    elsewhere = {one: answer for one, answer in earlier.items() if one not in here}
    return Review(elsewhere | given, faults)


def missing(
    catalog: Catalog,
    of: AskedOf,
    answers: Mapping[str, Answer],
    *,
    tier_ids: Collection[str],
    when: AskedAt = AskedAt.LATER,
) -> list[Question]:
    """Return the required questions that are not answered, of those that are asked by then."""
    given: dict[str, Answer] = {}
    unanswered = []
    for question in asked(catalog, of, tier_ids):
        if not question.shown(given):
            continue
        if question.id in answers:
            given[question.id] = answers[question.id]
        if _lacks(question, given, when):
            unanswered.append(question)
    return unanswered


def agreements(catalog: Catalog, of: AskedOf, answers: Mapping[str, Answer]) -> dict[str, Agreement]:
    """Return what is answered to each question for somebody's consent; what is not answered is no."""
    return {
        question.id: Agreement(answers.get(question.id) is True, question.wording)
        for question in questions_of(catalog, of)
        if question.consent
    }


def answer_views(catalog: Catalog, of: AskedOf, answers: Mapping[str, Answer]) -> list[AnswerView]:
    """Show answers in the order of their questions."""
    return [
        AnswerView(
            question_id=question.id,
            title=question.title,
            answer=answers[question.id],
            text=_text(question, answers[question.id]),
        )
        for question in questions_of(catalog, of)
        if question.id in answers
    ]


def _text(question: Question, answer: Answer) -> str:
    labels = {option.id: option.label for option in question.options}
    match answer:
        case bool():
            return "yes" if answer else "no"
        case list():
            return ", ".join(labels.get(one, one) for one in answer)
        case _:
            return labels.get(str(answer), str(answer))


def _lacks(question: Question, given: Mapping[str, Answer], when: AskedAt | None) -> bool:
    """Say whether an answer is needed by now and is not there; a consent that is needed must be a yes."""
    if not question.required or when is None or not question.asked_at.by(when):
        return False
    return given.get(question.id) is not True if question.consent else question.id not in given


def _wrong(question: Question, answer: Answer) -> str | None:
    """Say what is wrong with an answer to a question, None when nothing is."""
    adapter, expected = _KINDS[question.kind]
    if not _fits(adapter, answer):
        return expected
    if question.kind in WITH_OPTIONS:
        offered = {option.id for option in question.options if option.active}
        chosen = answer if isinstance(answer, list) else [answer]
        if not offered.issuperset(chosen):
            return "is not one of the options"
        if len(set(chosen)) < len(chosen):
            return "names an option twice"
    return _beyond(question.limits or Limits(), answer)


def _fits(adapter: TypeAdapter[Any], answer: Answer) -> bool:
    try:
        adapter.validate_python(answer, strict=True)
    except ValidationError:
        return False
    return True


def _beyond(limits: Limits, answer: Answer) -> str | None:
    """Say which limit an answer is beyond: of its value, the day that it names, its length or its number."""
    if isinstance(limits.min, str) or isinstance(limits.max, str):
        day = str(answer)
        if isinstance(limits.min, str) and day < limits.min:
            return f"must be {limits.min} or later"
        return (
            f"must be {limits.max} or earlier" if isinstance(limits.max, str) and day > limits.max else None
        )
    size = answer if isinstance(answer, int) else len(answer)
    unit = " options" if isinstance(answer, list) else " characters" if isinstance(answer, str) else ""
    if limits.min is not None and size < limits.min:
        return f"must be {limits.min}{unit} at least"
    return f"must be {limits.max}{unit} at most" if limits.max is not None and size > limits.max else None


type _Line = Annotated[str, StringConstraints(max_length=500), ONE_LINE]
type _Digits = Annotated[Phone, StringConstraints(pattern=r"^[^0-9]*([0-9][^0-9]*){3,}$")]
type _Country = Annotated[str, StringConstraints(pattern=COUNTRY)]
_KINDS: Mapping[QuestionKind, tuple[TypeAdapter[Any], str]] = {
    QuestionKind.YES_NO: (TypeAdapter(bool), "must be true or false"),
    QuestionKind.NUMBER: (TypeAdapter(int), "must be a whole number"),
    QuestionKind.CHOICE: (TypeAdapter(str), "must be the id of an option"),
    QuestionKind.CHOICES: (TypeAdapter(list[str]), "must be a list of ids of options"),
    QuestionKind.TEXT: (TypeAdapter(_Line), "must be one line of at most 500 characters"),
    QuestionKind.LONG_TEXT: (TypeAdapter(str), "must be a text"),
    QuestionKind.DATE: (TypeAdapter(Day), "must be a day such as 2027-06-03"),
    QuestionKind.EMAIL: (TypeAdapter(Email), "must be an e-mail address"),
    QuestionKind.PHONE: (TypeAdapter(_Digits), "must be a phone number"),
    QuestionKind.COUNTRY: (TypeAdapter(_Country), "must be the two letters of a country, such as NO"),
}
