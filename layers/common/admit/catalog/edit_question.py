"""Questions are added, changed and, before the event is on sale, removed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from admit import keys
from admit.catalog.amend import Amendment, amend, made_before
from admit.catalog.catalog import Catalog
from admit.catalog.event import EventStatus
from admit.catalog.question import (
    WITH_OPTIONS,
    Option,
    Question,
    QuestionKind,
    QuestionPatch,
    QuestionSettings,
)
from admit.errors import Fault, InUse, Invalid, NotFound, NotReady
from admit.ids import NewId
from admit.model import merged, request_hash
from admit.store import Delete, Table

_MOST = 100
_CONDITIONS = WITH_OPTIONS | {QuestionKind.YES_NO, QuestionKind.COUNTRY}


def create_question(
    table: Table, catalog: Catalog, settings: QuestionSettings, *, question_id: str, new_id: NewId
) -> Question:
    """Add a question behind the others; the same request again answers the one that it made. Raises Invalid,
    NotReady, IdempotencyConflict."""
    hashed = request_hash(settings)

    def decide(catalog: Catalog) -> Amendment[Question]:
        if earlier := made_before(catalog.questions, question_id, hashed):
            return Amendment(earlier, [])
        if len(catalog.questions) >= _MOST:
            raise NotReady(f"An event asks {_MOST} questions at most; remove one first.")
        last = max((other.position for other in catalog.questions.values()), default=-1)
        position = 1 + last if settings.position is None else settings.position
        question = Question(
            **(_fields(settings, new_id) | {"position": position}),
            id=question_id,
            event_id=catalog.event.id,
            request_hash=hashed,
        )
        _refuse_unfit(catalog, question)
        return Amendment(question, [question.put()])

    return amend(table, catalog, decide)


def edit_question(
    table: Table, catalog: Catalog, question_id: str, patch: QuestionPatch, *, new_id: NewId
) -> Question:
    """Change what a patch names; options are replaced as a whole, and one that is kept goes by its id.

    Raises NotFound, Invalid.
    """

    def decide(catalog: Catalog) -> Amendment[Question]:
        question = question_of(catalog, question_id)
        settings = merged(QuestionSettings, question.model_dump(), patch)
        position = question.position if settings.position is None else settings.position
        edited = question.model_copy(
            update=_fields(settings, new_id) | {"position": position, "revision": question.revision + 1}
        )
        _refuse_unfit(catalog, edited)
        _refuse_late(catalog, question, edited)
        return Amendment(edited, [edited.put().over(question.revision)])

    return amend(table, catalog, decide)


def remove_question(table: Table, catalog: Catalog, question_id: str) -> None:
    """Remove a question that nobody can have answered and no other depends on. Raises NotFound, InUse."""

    def decide(catalog: Catalog) -> Amendment[None]:
        question = question_of(catalog, question_id)
        if catalog.event.status is not EventStatus.DRAFT:
            raise InUse("This question may have been answered; make it inactive instead.")
        others = catalog.questions.values()
        users = [one.title for one in others if one.shown_if and one.shown_if.question_id == question_id]
        if users:
            raise InUse(f"Other questions depend on this one: {', '.join(users)}.")
        return Amendment(None, [Delete(keys.question(question.event_id, question.id))])

    amend(table, catalog, decide)


def question_of(catalog: Catalog, question_id: str) -> Question:
    """Raises NotFound."""
    if question_id not in catalog.questions:
        raise NotFound("There is no such question.")
    return catalog.questions[question_id]


class Broken(NamedTuple):
    """A condition that can't be right: the fields at fault, of the question and of the one it depends on."""

    question: Question
    field: str
    message: str
    field_there: str = ""


def broken_conditions(questions: Mapping[str, Question]) -> list[Broken]:
    """Return what is wrong with the conditions of these questions, by their ids."""
    return [
        broken
        for question in questions.values()
        if question.shown_if is not None
        for broken in _broken(question, questions.get(question.shown_if.question_id))
    ]


def _broken(question: Question, parent: Question | None) -> list[Broken]:
    where = "shown_if.question_id"
    if parent is None:
        return [Broken(question, where, "is not a question of this event")]
    if parent.asked_of is not question.asked_of or parent.kind not in _CONDITIONS:
        kinds = ", ".join(sorted(_CONDITIONS))
        return [Broken(question, where, f"must be a question of kind {kinds} that is asked of the same")]
    if parent.place >= question.place:
        return [Broken(question, where, "must stand before this question", "position")]
    if not parent.asked_at.by(question.asked_at):
        return [Broken(question, where, "must be asked no later than this question", "asked_at")]
    values = question.shown_if.values if question.shown_if else []
    return [
        Broken(question, f"shown_if.values[{at}]", "can't be the answer to that question", "options")
        for at, value in enumerate(values)
        if not _can_be(parent, value)
    ]


def _can_be(parent: Question, value: bool | str) -> bool:
    """Say whether a question can be answered with this value, or with a list that holds it."""
    if parent.kind is QuestionKind.YES_NO or isinstance(value, bool):
        return parent.kind is QuestionKind.YES_NO and isinstance(value, bool)
    return parent.kind is QuestionKind.COUNTRY or value in {option.id for option in parent.options}


def _fields(settings: QuestionSettings, new_id: NewId) -> dict[str, Any]:
    options = [
        Option(id=option.id or new_id(), label=option.label, active=option.active)
        for option in settings.options
    ]
    return {**dict(settings), "options": options}


def _refuse_unfit(catalog: Catalog, question: Question) -> None:
    """Refuse what can't be right beside the rest of the catalog, every field at once."""
    faults = [
        Fault(f"tier_ids[{at}]", "is not a tier of this event")
        for at, tier_id in enumerate(question.tier_ids)
        if tier_id not in catalog.tiers
    ]
    for broken in broken_conditions({**catalog.questions, question.id: question}):
        if broken.question.id == question.id:
            faults.append(Fault(broken.field, broken.message))
        else:
            faults.append(Fault(broken.field_there, f"can't be so: {broken.question.title!r} depends on it"))
    if faults:
        raise Invalid(faults=faults)


def _refuse_late(catalog: Catalog, question: Question, edited: Question) -> None:
    """Refuse what would leave answers without what they answer."""
    if catalog.event.status is EventStatus.DRAFT:
        return
    kept = {option.id for option in edited.options}
    gone = [option.label for option in question.options if option.id not in kept]
    faults = []
    if gone:
        message = f"lack {', '.join(gone)}, which may have been chosen; make it inactive instead"
        faults.append(Fault("options", message))
    if question.consent:
        faults += [
            Fault(name, "can't change any more: people have agreed to this text; ask a new question")
            for name in ("title", "help")
            if getattr(question, name) != getattr(edited, name)
        ]
    if faults:
        raise Invalid(faults=faults)
