"""Who calls a route of the organizer's: asked by API Gateway before the function that answers."""

from typing import Any

from admit import clock
from admit.aws.authorizer import let_in, who_calls
from admit.aws.settings import workshop


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    shop = workshop()
    caller = who_calls(shop.table, shop.id_tokens, event["authorizationToken"], clock.now())
    return let_in(event["methodArn"], caller)
