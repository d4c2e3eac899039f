"""An account: its settings, members and API keys, the log of changes, and saved views of its orders."""

from typing import Annotated, Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from admit import clock, keys
from admit.aws.http import Cursor, Limit, Listing, OptionalIdempotencyKey, new_id
from admit.aws.organizer import OrganizerApi
from admit.aws.settings import workshop
from admit.catalog.seller import require_account
from admit.ids import random_id
from admit.insight.account_log import LogLine, read_account_log
from admit.people.account import (
    ANY_ROLE,
    HANDLES_MONEY,
    MANAGES,
    OWNS,
    OrganizerView,
    load_organizer,
    organizer_view,
)
from admit.people.api_key import (
    ApiKey,
    ApiKeySettings,
    ApiKeyView,
    NewApiKey,
    api_key_view,
    create_api_key,
    revoke_api_key,
)
from admit.people.edit_account import AccountPatch, edit_account
from admit.people.edit_member import (
    MemberSettings,
    MemberView,
    member_view,
    members_of,
    remove_member,
    set_member,
)
from admit.people.saved_view import (
    SavedViewView,
    ViewSettings,
    remove_view,
    save_view,
    saved_view_view,
    views_for,
)

app = OrganizerApi()

_ACCOUNT = "/organizer/<organizer_id>"


@app.get(_ACCOUNT)
def read_account(organizer_id: str) -> OrganizerView:
    app.require(organizer_id, ANY_ROLE)
    return organizer_view(load_organizer(workshop().table, organizer_id))


@app.patch(_ACCOUNT)
def change_account(organizer_id: str, patch: AccountPatch) -> OrganizerView:
    caller = app.require(organizer_id, MANAGES)
    require_account(patch.seller)
    return organizer_view(edit_account(workshop().table, organizer_id, patch, caller.role))


# --- members ----------------------------------------------------------------------------------------------


@app.get(f"{_ACCOUNT}/members")
def list_members(organizer_id: str) -> Listing[MemberView]:
    app.require(organizer_id, OWNS)
    return Listing(
        items=[member_view(one) for one in members_of(workshop().table, organizer_id)], cursor=None
    )


@app.put(f"{_ACCOUNT}/members/<email>")
def name_member(organizer_id: str, email: str, settings: MemberSettings) -> MemberView:
    app.require(organizer_id, OWNS)
    table = workshop().table
    member = set_member(
        table,
        organizer_id,
        unquote(email),
        settings,
        by=app.actor,
        now=clock.now(),
        language=app.language,
    )
    return member_view(member)


@app.delete(f"{_ACCOUNT}/members/<email>", status_code=204)
def take_member_off(organizer_id: str, email: str) -> Response[None]:
    app.require(organizer_id, OWNS)
    remove_member(workshop().table, organizer_id, unquote(email))
    return Response(204)


# --- API keys ---------------------------------------------------------------------------------------------


@app.get(f"{_ACCOUNT}/api-keys")
def list_api_keys(organizer_id: str, limit: Limit = 50, cursor: Cursor = None) -> Listing[ApiKeyView]:
    app.require(organizer_id, OWNS)
    page = workshop().table.page(
        "gsi1", keys.api_keys_of(organizer_id), limit=limit, cursor=cursor, newest_first=True
    )
    return Listing(items=[api_key_view(ApiKey.of(item)) for item in page.items], cursor=page.cursor)


@app.post(f"{_ACCOUNT}/api-keys", status_code=201)
def make_api_key(organizer_id: str, settings: ApiKeySettings) -> NewApiKey:
    """Make a key. Its secret is shown this once: if the answer is lost, revoke the key and make another."""
    app.require(organizer_id, OWNS)
    return create_api_key(
        workshop().table, organizer_id, settings, key_id=random_id(), by=app.actor, now=clock.now()
    )


@app.delete(f"{_ACCOUNT}/api-keys/<key_id>", status_code=204)
def end_api_key(organizer_id: str, key_id: str) -> Response[None]:
    app.require(organizer_id, OWNS)
    revoke_api_key(workshop().table, organizer_id, key_id)
    return Response(204)


# --- the log ----------------------------------------------------------------------------------------------


@app.get(f"{_ACCOUNT}/log")
def read_log(
    organizer_id: str,
    *,
    event: Annotated[str | None, Query(max_length=64, description="Only what is of this event.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[LogLine]:
    """List who has changed what in the account and its events' set-up, newest first."""
    app.require(organizer_id, MANAGES, event)
    page = read_account_log(workshop().table, organizer_id, event_id=event, limit=limit, cursor=cursor)
    return Listing(items=page.lines, cursor=page.cursor)


# --- saved views ------------------------------------------------------------------------------------------


@app.get(f"{_ACCOUNT}/views")
def list_views(
    organizer_id: str,
    *,
    event: Annotated[str | None, Query(max_length=64, description="Those of this event and of all.")] = None,
) -> Listing[SavedViewView]:
    app.require(organizer_id, HANDLES_MONEY, event)
    views = views_for(workshop().table, organizer_id, app.actor, event)
    return Listing(items=[saved_view_view(view) for view in views], cursor=None)


@app.post(f"{_ACCOUNT}/views", status_code=201)
def add_view(
    organizer_id: str, settings: ViewSettings, idempotency_key: OptionalIdempotencyKey = ""
) -> SavedViewView:
    app.require(organizer_id, HANDLES_MONEY, settings.event_id)
    by = app.actor
    view_id = new_id(idempotency_key, "view", organizer_id, by)
    table = workshop().table
    return saved_view_view(save_view(table, organizer_id, settings, view_id=view_id, by=by, now=clock.now()))


@app.delete(f"{_ACCOUNT}/views/<view_id>", status_code=204)
def take_view_off(organizer_id: str, view_id: str) -> Response[None]:
    caller = app.require(organizer_id, HANDLES_MONEY)
    remove_view(workshop().table, organizer_id, view_id, by=app.actor, role=caller.role)
    return Response(204)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)
