"""Signatures of webhooks, as Standard Webhooks has them.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import datetime
from secrets import token_bytes

_PREFIX = "whsec_"
_SECRET_BYTES = 32


def random_secret() -> str:
    """Return 256 random bits as receivers' libraries take them."""
    return _PREFIX + b64encode(token_bytes(_SECRET_BYTES)).decode()


def signed(secrets: Iterable[str], message_id: str, body: bytes, at: datetime) -> dict[str, str]:
    """Return the headers of a message; it has a signature by each secret, and one that fits is enough."""
    seconds = str(int(at.timestamp()))
    content = f"{message_id}.{seconds}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(_signature(secret, content) for secret in secrets),
    }


def _signature(secret: str, content: bytes) -> str:
    key = b64decode(secret.removeprefix(_PREFIX))
    return "v1," + b64encode(hmac.digest(key, content, "sha256")).decode()
