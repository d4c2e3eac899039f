"""The authorizer of the organizer's routes: a member's ID token, or an API key of the account.

It says who is calling. What he may do is said by the items of the table, which each request reads anew
(`aws/organizer.py`): so what API Gateway keeps of an answer here lets nobody in whose rights have ended.
The protocol: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

from datetime import datetime
from typing import Any

from admit.aws.identity import IdTokens
from admit.clock import stamp
from admit.errors import Unauthenticated
from admit.people.api_key import BEGINS, find_api_key, note_use
from admit.store import Table

type Context = dict[str, str]


class Unauthorized(Exception):
    """What API Gateway answers with 401: it knows it by this very message."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


def who_calls(table: Table, tokens: IdTokens, authorization: str, now: datetime) -> Context:
    """Return what the functions learn of a caller. Raises Unauthorized, Unavailable.

    A token without `Bearer` before it will do, as it does for the authorizer of the other routes.
    """
    scheme, _, sent = authorization.strip().rpartition(" ")
    sent = sent.strip()
    try:
        if sent.startswith(BEGINS) and scheme.lower() == "bearer":
            key = find_api_key(table, sent, now)
            note_use(table, key, now)
            return {"api_key": key.id, "actor": key.actor}
        signed_in = tokens.sign_in(f"{scheme or 'Bearer'} {sent}")
    except Unauthenticated as exc:
        raise Unauthorized from exc
    return {"email": signed_in.email, "until": stamp(signed_in.until)}


def let_in(method_arn: str, context: Context) -> dict[str, Any]:
    """Answer that a caller may ask this API: kept, the answer serves his next requests to other routes."""
    api, stage, *_ = method_arn.split("/")
    allow = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": f"{api}/{stage}/*"}
    return {
        "principalId": "caller",
        "policyDocument": {"Version": "2012-10-17", "Statement": [allow]},
        "context": context,
    }
