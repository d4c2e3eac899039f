"""The HTTP API in this process: each request becomes the event that API Gateway would send to its function.

Routes, who has to sign in, and API Gateway's own refusals are read from template.yaml. The handlers run on
the table they are given, on a fake bucket, queue and payment provider, and by a clock that tests set.
"""

import contextlib
import functools
import hmac
import importlib.util
import json
import re
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from admit import clock
from admit.aws import settings
from admit.aws.authorizer import Unauthorized
from admit.aws.identity import SignIn
from admit.aws.secrets import AppleWalletSecret, GoogleWalletSecret
from admit.aws.table import DynamoTable
from admit.catalog.images import UploadForm
from admit.errors import Unauthenticated
from admit.hooks.delivery import LaneMessage
from admit.hooks.sent import SendError, Sent
from admit.ids import normal_email
from admit.job import AuditMessage, JobMessage, QueuedWork, RosterMessage
from admit.mail.mails import MailRequest
from admit.orders.billing import BillingMessage
from admit.payments.gateway import Hint
from admit.payments.stripe_gateway import StripeGateway
from admit.people.api_key import BEGINS
from admit.tickets.links import Links
from local.template import load
from tests.builders import NOW, SIGNING_SECRET, FakeBucket
from tests.fake_gateway import FakeGateway
from tests.wallets import apple_secret, google_secret

FOUNDER = "founder@northern-lights.example"
WEBHOOK_SECRET = "whsec_tests"
LINK_SECRET = "the link secret of the tests"
HOSTS = {"hooks.example": ["93.184.215.14"], "inside.example": ["93.184.215.14", "10.0.0.9"]}
"""What the names of hosts lead to that webhooks may be asked to go to."""
_STAGE = "prod"
_UNSENT: Any = object()
_template = functools.cache(load)


class Answer(NamedTuple):
    """What the client gets. Names of headers are in lower case; a body that is JSON is read."""

    status: int
    headers: Mapping[str, str]
    body: Any
    text: str

    @property
    def code(self) -> str | None:
        """The code of a problem, None for any other answer."""
        return self.body["code"] if self.status >= 400 else None


class Payments(FakeGateway):
    """The fake provider, and Stripe's own check of a webhook's signature."""

    def read_webhook(self, raw: bytes, signature: str, now: datetime) -> Hint:
        stripe = StripeGateway(
            "sk_test", api_base="", webhook_secrets=[WEBHOOK_SECRET], order_url=lambda order_id: order_id
        )
        return stripe.read_webhook(raw, signature, now)


class Bucket(FakeBucket):
    def address(self, name: str) -> str:
        return f"https://bucket.example/{name}"

    def upload_form(self, name: str, content_type: str, *, most_bytes: int, lives_seconds: int) -> UploadForm:
        fields = {"key": name, "Content-Type": content_type}
        limits = {"most_bytes": str(most_bytes), "lives_seconds": str(lives_seconds)}
        return UploadForm("https://bucket.example/", fields | limits)

    def receive(self, form: Mapping[str, str]) -> None:
        """Take a picture that is sent with the fields of a form."""
        self.objects[form["key"]] = b"a picture"

    def holds(self, name: str) -> bool:
        return name in self.objects


class MailQueue:
    """Keeps the mails that were asked for."""

    def __init__(self) -> None:
        self.requests: list[MailRequest] = []

    def send(self, requests: Sequence[MailRequest]) -> None:
        self.requests += requests


class JobQueue:
    """Keeps the work that was asked for, and apart what is to be gone on with later."""

    def __init__(self) -> None:
        self.messages: list[QueuedWork] = []
        self.delayed: list[tuple[int, QueuedWork]] = []

    def send(self, messages: Sequence[JobMessage | AuditMessage], *, delay_seconds: int = 0) -> None:
        assert not any(isinstance(message, RosterMessage) for message in messages)
        self.keep(messages, delay_seconds)

    def keep(self, messages: Sequence[QueuedWork], delay_seconds: int) -> None:
        if delay_seconds:
            self.delayed += [(delay_seconds, message) for message in messages]
        else:
            self.messages += messages


class RosterQueue:
    """Keeps what was asked for of rosters with the other work, and takes nothing else."""

    def __init__(self, jobs: JobQueue) -> None:
        self._jobs = jobs

    def send(self, messages: Sequence[RosterMessage], *, delay_seconds: int = 0) -> None:
        assert all(isinstance(message, RosterMessage) for message in messages)
        self._jobs.keep(messages, delay_seconds)


class BillingQueue:
    """Keeps the orders that are due an invoice or a credit note."""

    def __init__(self) -> None:
        self.messages: list[BillingMessage] = []

    def send(self, messages: Sequence[BillingMessage]) -> None:
        self.messages += messages


class HookQueue:
    """Keeps the lanes in which a webhook is to be sent, and apart in how many seconds others go on."""

    def __init__(self) -> None:
        self.messages: list[LaneMessage] = []
        self.delayed: list[tuple[int, LaneMessage]] = []

    def send(self, messages: Sequence[LaneMessage], *, delay_seconds: int = 0) -> None:
        if delay_seconds:
            self.delayed += [(delay_seconds, message) for message in messages]
        else:
            self.messages += messages


def _resolve(host: str, port: int) -> list[str]:
    if host not in HOSTS:
        raise OSError("no such host")
    return HOSTS[host]


class Receiver:
    """Takes webhooks, or answers as it is told to."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], Any]] = []
        self.bodies: list[bytes] = []
        self.answers: list[int | SendError] = []

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        self.got.append((url, dict(headers), json.loads(body)))
        self.bodies.append(body)
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, SendError):
            return Sent(None, answer, 5)
        return Sent(answer, None, 5)


class IdTokens:
    """Takes an address for the token of its owner; what is none does not hold."""

    def __init__(self) -> None:
        self.claims: Mapping[str, str] = {}
        """Those of the next token that are not as they have to be."""

    def verified_email(self, authorization: str | None) -> str | None:
        return None if authorization is None else self.sign_in(authorization).email

    def sign_in(self, authorization: str) -> SignIn:
        scheme, _, email = authorization.partition(" ")
        if scheme != "Bearer" or "@" not in email or self.claims:
            raise Unauthenticated("The sign-in does not hold; sign in again.")
        return SignIn(normal_email(email), clock.now() + timedelta(hours=1))


class _Secrets:
    def read(self, arn: str) -> str:
        return {"signing": SIGNING_SECRET, "link": LINK_SECRET}[arn]

    def apple_wallet(self, arn: str) -> AppleWalletSecret:
        return apple_secret()

    def google_wallet(self, arn: str) -> GoogleWalletSecret:
        return google_secret()


class Shop(settings.Workshop):
    """A workshop on a given table, and on fakes for everything else that lies beyond this process."""

    # In place of the properties that connect to Stripe and to Apple.
    gateway: Any = None
    apple_push: Any = None

    def __init__(self, table: DynamoTable) -> None:
        super().__init__(
            settings.Settings(
                table_name="given",
                link_secret_arn="link",
                signing_secret_arn="signing",
                apple_wallet_secret_arn="apple",
                google_wallet_secret_arn="google",
                apple_wallet=True,
                google_wallet=True,
                site_url="https://site.example",
                founder_emails=FOUNDER,
            )
        )
        jobs = JobQueue()
        vars(self).update(
            table=table,
            bucket=Bucket(),
            mail_queue=MailQueue(),
            job_queue=jobs,
            roster_queue=RosterQueue(jobs),
            billing_queue=BillingQueue(),
            hook_queue=HookQueue(),
            hook_sender=Receiver(),
            hook_resolve=_resolve,
            secrets=_Secrets(),
            id_tokens=IdTokens(),
            gateway=Payments(),
        )

    def forget(self) -> None:
        """Drop what is kept in memory, as a process that has just started."""
        for cached in ("catalogs", "designs", "devices", "seat_maps"):
            vars(self).pop(cached, None)


@dataclass
class Api:
    """A client of the API. `now` is the handlers' time; nothing is cached from one request to the next."""

    shop: Shop
    now: datetime = NOW
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def gateway(self) -> Payments:
        gateway: Payments = self.shop.gateway
        return gateway

    @property
    def links(self) -> Links:
        """The keys of orders and tickets, as the handlers derive them."""
        return self.shop.links()

    @property
    def bucket(self) -> Bucket:
        bucket: Any = self.shop.bucket
        assert isinstance(bucket, Bucket)
        return bucket

    @property
    def mails(self) -> list[MailRequest]:
        """The mails that were asked for by now."""
        queue: Any = self.shop.mail_queue
        requests: list[MailRequest] = queue.requests
        return requests

    @property
    def queued(self) -> list[QueuedWork]:
        """The jobs and audits that nobody has worked off yet."""
        queue: Any = self.shop.job_queue
        messages: list[QueuedWork] = queue.messages
        return messages

    def work_off_jobs(self) -> int:
        """Do the work on the queue until nothing is left of it; return how many messages that took."""
        worked = 0
        while self.queued:
            record = {"messageId": "message", "body": self.queued.pop(0).model_dump_json()}
            answer = self.invoke("jobs", {"Records": [record]})
            assert answer == {"batchItemFailures": []}
            worked += 1
        return worked

    def waits(self) -> int:
        """Return in how many seconds delayed work goes on, after which it is on the queue."""
        queue: Any = self.shop.job_queue
        delays = [delay for delay, _ in queue.delayed]
        queue.messages += [message for _, message in queue.delayed]
        queue.delayed.clear()
        return max(delays, default=0)

    def bill(self) -> int:
        """Let every document be issued that is on the queue; return how many messages that took."""
        queue: Any = self.shop.billing_queue
        messages: list[BillingMessage] = queue.messages
        told = len(messages)
        while messages:
            record = {"messageId": "message", "body": messages.pop(0).model_dump_json()}
            assert self.invoke("invoices", {"Records": [record]}) == {"batchItemFailures": []}
        return told

    @property
    def receiver(self) -> Receiver:
        """Who takes the webhooks."""
        receiver: Any = self.shop.hook_sender
        assert isinstance(receiver, Receiver)
        return receiver

    @property
    def hook_queue(self) -> HookQueue:
        queue: Any = self.shop.hook_queue
        assert isinstance(queue, HookQueue)
        return queue

    def deliver_webhooks(self) -> int:
        """Send the webhooks that are to be sent now; return how many messages that took."""
        worked = 0
        while self.hook_queue.messages:
            record = {"messageId": "message", "body": self.hook_queue.messages.pop(0).model_dump_json()}
            assert self.invoke("deliver", {"Records": [record]}) == {"batchItemFailures": []}
            worked += 1
        return worked

    def tell(self, hint: Hint) -> Answer:
        """Let the provider send a piece of its news."""
        return self.post("/webhooks/stripe", **webhook(hint, self.now))

    def sweep(self) -> int:
        """Do what is due now, as the schedule does each minute; return how much was done."""
        done: int = self.invoke("settle", {"task": "sweep"})["done"]
        return done

    def invoke(self, function: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Call a function as Lambda does: the event comes as JSON, and nothing is cached."""
        self.shop.forget()
        return _handler(function)(json.loads(json.dumps(event)), None)

    def get(self, path: str, **request: Any) -> Answer:
        return self.send("GET", path, **request)

    def post(self, path: str, body: Any = _UNSENT, **request: Any) -> Answer:
        return self.send("POST", path, body, **request)

    def put(self, path: str, body: Any = _UNSENT, **request: Any) -> Answer:
        return self.send("PUT", path, body, **request)

    def patch(self, path: str, body: Any = _UNSENT, **request: Any) -> Answer:
        return self.send("PATCH", path, body, **request)

    def delete(self, path: str, body: Any = _UNSENT, **request: Any) -> Answer:
        return self.send("DELETE", path, body, **request)

    def send(
        self,
        method: str,
        path: str,
        body: Any = _UNSENT,
        *,
        content: bytes = b"",
        base64: bool = False,
        query: Mapping[str, str | Sequence[str]] | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
        idempotency_key: str | None = None,
        as_: str | None = None,
        claims: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request: `body` as JSON or `content` as it is, `as_` whoever is signed in.

        That is somebody's address, or the secret of an API key. `claims` of his token take the place of those
        that hold. With `base64` the content reaches the function as API Gateway passes binary bodies on.
        """
        if body is not _UNSENT:
            content = json.dumps(body).encode()
        own = {
            "Content-Type": "application/json" if content else None,
            "X-Admit-Key": key,
            "Idempotency-Key": idempotency_key,
            "Authorization": f"Bearer {as_}" if as_ else None,
        }
        sent = {name: value for name, value in own.items() if value is not None} | dict(headers or {})
        path = quote(path, safe="/%:@!$&'()*+,;=~")
        route = _route(method, path)
        if route is None:
            return _refused_by_gateway("MISSING_AUTHENTICATION_TOKEN")
        event = self._event(route, path, content, query or {}, sent)
        if route.authorizer is not None:
            if as_ is None or (caller := self._caller(route, path, as_, claims or {})) is None:
                return _refused_by_gateway("UNAUTHORIZED")
            event["requestContext"]["authorizer"] = caller
        if base64 and content:
            event |= {"body": b64encode(content).decode(), "isBase64Encoded": True}
        # Lambda passes the answer on as JSON in UTF-8.
        raw = json.dumps(self.invoke(route.function, event), ensure_ascii=False).encode()
        answer = _answer(json.loads(raw))
        starts_a_job = ("/imports", "/bank-statements", "/badge-sheets", "/exports", "/orders/bulk")
        if route.path.endswith(starts_a_job) and answer.status == 202:
            # As the stream tells the queue of a new job.
            self.shop.job_queue.send([JobMessage(job_id=answer.body["id"])])
        return answer

    def _caller(
        self, route: "Route", path: str, as_: str, claims: Mapping[str, str]
    ) -> dict[str, Any] | None:
        """Say what the function learns of who is signed in, or of an API key, None where he is refused."""
        if route.authorizer == "SignedIn":
            known = not as_.startswith(BEGINS)
            token = {"email": as_, "email_verified": "true", "token_use": "id", **claims}
            return {"claims": token} if known else None
        tokens: Any = self.shop.id_tokens
        tokens.claims = claims
        arn = f"arn:aws:execute-api:eu-north-1:000000000000:api/{_STAGE}/{route.method}{path}"
        try:
            answer = self.invoke(
                "authorize", {"type": "TOKEN", "authorizationToken": f"Bearer {as_}", "methodArn": arn}
            )
        except Unauthorized:
            return None
        finally:
            tokens.claims = {}
        [statement] = answer["policyDocument"]["Statement"]
        assert statement["Effect"] == "Allow"
        assert fnmatchcase(arn, statement["Resource"])
        assert all(isinstance(value, str) for value in answer["context"].values())
        return {**answer["context"], "principalId": answer["principalId"]}

    def _event(
        self,
        route: "Route",
        path: str,
        content: bytes,
        query: Mapping[str, str | Sequence[str]],
        headers: Mapping[str, str],
    ) -> dict[str, Any]:
        """Write the event of a REST API's proxy integration: the path as it was sent, the query decoded."""
        asked = {name: [value] if isinstance(value, str) else list(value) for name, value in query.items()}
        return {
            "resource": route.path,
            "path": path,
            "httpMethod": route.method,
            "headers": dict(headers) or None,
            "multiValueHeaders": {name: [value] for name, value in headers.items()} or None,
            "queryStringParameters": {name: values[-1] for name, values in asked.items()} or None,
            "multiValueQueryStringParameters": asked or None,
            "pathParameters": route.parameters(path) or None,
            "stageVariables": None,
            "requestContext": {
                "requestId": f"request-{next(self._numbers)}",
                "stage": _STAGE,
                "path": f"/{_STAGE}{path}",
                "resourcePath": route.path,
                "httpMethod": route.method,
                "domainName": "api.example",
                "identity": {"sourceIp": "192.0.2.1"},
            },
            "body": content.decode(errors="replace") or None,
            "isBase64Encoded": False,
        }


@contextlib.contextmanager
def serving(table: DynamoTable) -> Iterator[Api]:
    """Let the handlers of this process work on a table until the block is left; give their client."""
    api = Api(Shop(table))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "Workshop", lambda _: api.shop)
        patch.setattr(clock, "now", lambda: api.now)
        patch.setenv("TABLE_NAME", "given")
        settings.workshop.cache_clear()
        yield api
    settings.workshop.cache_clear()


def webhook(hint: Hint, now: datetime) -> dict[str, Any]:
    """Return the content and headers by which Stripe would send a piece of news."""
    event = {
        "id": hint.id,
        "type": hint.type,
        "livemode": hint.livemode,
        "created": int(hint.created.timestamp()),
        "data": {"object": {"id": hint.object_id}},
    }
    content = json.dumps(event).encode()
    return {"content": content, "headers": signed(content, now)}


def signed(content: bytes, now: datetime) -> dict[str, str]:
    """Return the headers of a webhook. Source: https://docs.stripe.com/webhooks#verify-manually"""
    at = int(now.timestamp())
    mac = hmac.digest(WEBHOOK_SECRET.encode(), f"{at}.".encode() + content, "sha256").hex()
    return {"Content-Type": "application/json", "Stripe-Signature": f"t={at},v1={mac}"}


class Route(NamedTuple):
    method: str
    path: str
    function: str
    authorizer: str | None
    """Who says whose request it is, None where anybody may ask."""

    def parameters(self, path: str) -> dict[str, str] | None:
        """Return what stands for the path's `{names}`, None when another route is meant."""
        pattern = "".join(
            f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{") else re.escape(part)
            for part in re.split(r"({\w+})", self.path)
        )
        found = re.fullmatch(pattern, path, re.DOTALL)
        return found and found.groupdict()


@functools.cache
def routes() -> list[Route]:
    """Return the template's routes, those with the fewest parameters first, as API Gateway prefers them."""
    found = [
        Route(
            event["Properties"]["Method"],
            event["Properties"]["Path"],
            Path(resource["Properties"]["CodeUri"]).name,
            _authorizer_of(event["Properties"]),
        )
        for resource in _template()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
        for event in resource["Properties"].get("Events", {}).values()
        if event["Type"] == "Api"
    ]
    return sorted(found, key=lambda route: route.path.count("{"))


def _authorizer_of(event: Mapping[str, Any]) -> str | None:
    auth = _template()["Resources"]["Api"]["Properties"]["Auth"]
    named: str = event.get("Auth", {}).get("Authorizer", auth["DefaultAuthorizer"])
    return None if named == "NONE" else named


def _route(method: str, path: str) -> Route | None:
    fitting = (route for route in routes() if route.method == method and route.parameters(path) is not None)
    return next(fitting, None)


@functools.cache
def _handler(function: str) -> Callable[[dict[str, Any], object], dict[str, Any]]:
    name = f"functions.{function}.handler"
    spec = importlib.util.spec_from_file_location(name, Path("functions", function, "handler.py"))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Callable[[dict[str, Any], object], dict[str, Any]] = module.handler
    return handler


def _answer(answer: Mapping[str, Any]) -> Answer:
    """Read an answer as API Gateway does."""
    assert answer.keys() <= {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
    assert not answer.get("isBase64Encoded")
    many = {name: ", ".join(values) for name, values in answer.get("multiValueHeaders", {}).items()}
    headers = {name.lower(): value for name, value in {**many, **answer.get("headers", {})}.items()}
    text = answer["body"]
    is_json = text and re.match(r"application/(problem\+)?json", headers.get("content-type", ""))
    return Answer(answer["statusCode"], headers, json.loads(text) if is_json else None, text)


def _refused_by_gateway(kind: str) -> Answer:
    """Answer what API Gateway refuses by itself."""
    response = _template()["Resources"]["Api"]["Properties"]["GatewayResponses"][kind]
    text = response["ResponseTemplates"]["application/json"].replace("$context.requestId", "request-0")
    headers = {name: value.strip("'") for name, value in response["ResponseParameters"]["Headers"].items()}
    return _answer({"statusCode": response["StatusCode"], "headers": headers, "body": text})
