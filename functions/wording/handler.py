"""What an event asks people and what its mails say: questions, and mails in the organizer's own words."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from admit import clock, ids
from admit.aws.http import Listing, OptionalIdempotencyKey, new_id
from admit.aws.organizer import OrganizerApi
from admit.aws.settings import workshop
from admit.catalog.catalog import Catalog
from admit.catalog.edit_question import create_question, edit_question, question_of, remove_question
from admit.catalog.mail_text import MailWording, MailWordingPatch
from admit.catalog.question import QuestionPatch, QuestionSettings
from admit.catalog.reorder import QuestionOrder, reorder_questions
from admit.catalog.view import OrganizerQuestionView, organizer_question_view
from admit.mail.kinds import TextKind
from admit.mail.texts import (
    MailLanguage,
    MailPreview,
    MailTextView,
    mail_text,
    mail_texts,
    reset_mail_text,
    set_mail_text,
)
from admit.people.account import ANY_ROLE, MANAGES

app = OrganizerApi()

_EVENT = "/organizer/<organizer_id>/events/<event_id>"


# --- questions --------------------------------------------------------------------------------------------


@app.post(f"{_EVENT}/questions", status_code=201)
def add_question(
    organizer_id: str,
    event_id: str,
    settings: QuestionSettings,
    idempotency_key: OptionalIdempotencyKey = "",
) -> OrganizerQuestionView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    question_id = new_id(idempotency_key, "question", event_id)
    table = workshop().table
    question = create_question(table, catalog, settings, question_id=question_id, new_id=ids.random_id)
    return organizer_question_view(question)


@app.get(f"{_EVENT}/questions")
def list_questions(organizer_id: str, event_id: str) -> Listing[OrganizerQuestionView]:
    return _questions(app.catalog(organizer_id, event_id, ANY_ROLE))


@app.post(f"{_EVENT}/questions/reorder")
def put_questions_in_order(
    organizer_id: str, event_id: str, order: QuestionOrder
) -> Listing[OrganizerQuestionView]:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    return _questions(reorder_questions(workshop().table, catalog, order))


@app.get(f"{_EVENT}/questions/<question_id>")
def read_question(organizer_id: str, event_id: str, question_id: str) -> OrganizerQuestionView:
    catalog = app.catalog(organizer_id, event_id, ANY_ROLE)
    return organizer_question_view(question_of(catalog, question_id))


@app.patch(f"{_EVENT}/questions/<question_id>")
def change_question(
    organizer_id: str, event_id: str, question_id: str, patch: QuestionPatch
) -> OrganizerQuestionView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    table = workshop().table
    return organizer_question_view(edit_question(table, catalog, question_id, patch, new_id=ids.random_id))


@app.delete(f"{_EVENT}/questions/<question_id>", status_code=204)
def delete_question(organizer_id: str, event_id: str, question_id: str) -> Response[None]:
    remove_question(workshop().table, app.catalog(organizer_id, event_id, MANAGES), question_id)
    return Response(204)


# --- mails ------------------------------------------------------------------------------------------------


@app.get(f"{_EVENT}/mail-texts")
def list_mail_texts(
    organizer_id: str, event_id: str, language: Annotated[MailLanguage | None, Query()] = None
) -> Listing[MailTextView]:
    """List how each kind of mail is worded, in one language: by default the event's."""
    catalog = app.catalog(organizer_id, event_id, ANY_ROLE)
    return Listing(items=mail_texts(catalog, language), cursor=None)


@app.get(f"{_EVENT}/mail-texts/<kind>/<language>")
def read_mail_text(organizer_id: str, event_id: str, kind: TextKind, language: MailLanguage) -> MailTextView:
    return mail_text(app.catalog(organizer_id, event_id, ANY_ROLE), kind, language)


@app.put(f"{_EVENT}/mail-texts/<kind>/<language>")
def put_mail_text(
    organizer_id: str, event_id: str, kind: TextKind, language: MailLanguage, wording: MailWording
) -> MailTextView:
    catalog, table = app.catalog(organizer_id, event_id, MANAGES), workshop().table
    return set_mail_text(table, catalog, kind, language, wording, actor=app.actor, now=clock.now())


@app.delete(f"{_EVENT}/mail-texts/<kind>/<language>", status_code=204)
def delete_mail_text(
    organizer_id: str, event_id: str, kind: TextKind, language: MailLanguage
) -> Response[None]:
    """Let a kind of mail say again what it does by default."""
    reset_mail_text(workshop().table, app.catalog(organizer_id, event_id, MANAGES), kind, language)
    return Response(204)


@app.post(f"{_EVENT}/mail-texts/<kind>/<language>/preview")
def preview_mail_text(
    organizer_id: str, event_id: str, kind: TextKind, language: MailLanguage, request: MailWordingPatch
) -> MailPreview:
    """Show a mail as it would look; nothing is stored or sent."""
    # Only this needs Babel, which costs a cold start 40 ms.
    from admit.mail.preview import preview  # noqa: PLC0415

    return preview(app.catalog(organizer_id, event_id, MANAGES), kind, language, request)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)


def _questions(catalog: Catalog) -> Listing[OrganizerQuestionView]:
    questions = sorted(catalog.questions.values(), key=lambda question: question.place)
    return Listing(items=[organizer_question_view(question) for question in questions], cursor=None)
