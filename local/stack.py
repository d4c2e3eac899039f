"""What a running local cloud is made of, for the seed and for tests."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import boto3
from botocore.config import Config

REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
STACK_NAME = "admit"
STAGE = "local"
FOUNDER = "organizer@admit.example"  # may create an organizer account
SENDER = "tickets@admit.example"
STRIPE_API_KEY = "sk_test_local"
STRIPE_WEBHOOK_SECRET = "whsec_local"


@dataclass(frozen=True)
class Ports:
    """Where each part listens on 127.0.0.1."""

    site: int = 8080
    api: int = 8081
    stripe: int = 8082
    cloud: int = 4566

    @classmethod
    def free(cls) -> "Ports":
        """Return ports that nobody listens on now."""
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in fields(cls)]
        try:
            return cls(*(one.getsockname()[1] for one in sockets))
        finally:
            for one in sockets:
                one.close()

    def taken(self) -> list[int]:
        """Return the ports that somebody listens on already."""
        return [port for port in vars(self).values() if _listens(port)]


def _listens(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return True
    return False


@dataclass(frozen=True)
class Stack:
    """A running stack.

    `outputs` are its template's; `check` raises Died if a part of it has ended; `facts` are what stack.json
    tells: where things are and who lives there.
    """

    ports: Ports
    check: Callable[[], None]
    outputs: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def site_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.site}"

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.api}"

    @property
    def stripe_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.stripe}"

    @property
    def cloud_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.cloud}"

    @property
    def outbox_url(self) -> str:
        return f"{self.cloud_url}/_ministack/ses/messages"

    def client(self, service: str, **credentials: str) -> Any:
        """Return a boto3 client of `service`, with root rights unless other credentials are given."""
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.cloud_url,
            region_name=REGION,
            config=Config(s3={"addressing_style": "path"}, retries={"mode": "standard"}),
            **{
                "aws_access_key_id": CREDENTIALS["AWS_ACCESS_KEY_ID"],
                "aws_secret_access_key": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
                **credentials,
            },
        )
