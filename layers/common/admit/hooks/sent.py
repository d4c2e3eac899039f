"""What becomes of a try at sending a webhook."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, Protocol


class SendError(StrEnum):
    """Why there was no answer."""

    ADDRESS_NOT_FOUND = "address_not_found"
    ADDRESS_NOT_PUBLIC = "address_not_public"
    NO_CONNECTION = "no_connection"
    TLS = "tls"
    TIMEOUT = "timeout"
    NO_HTTP = "no_http"
    """Something answered that is not HTTP."""


class Sent(NamedTuple):
    """What became of a try."""

    status: int | None
    error: SendError | None
    milliseconds: int


class Sender(Protocol):
    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        """Post a body; whatever goes wrong is told and not raised."""
