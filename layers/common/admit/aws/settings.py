"""The environment as a model, and what a function works with, made once a process and not at import."""

import os
from datetime import timedelta
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from pydantic import BaseModel, ConfigDict

from admit.aws.bucket import S3Bucket
from admit.aws.identity import IdTokens
from admit.aws.mail import SesPostman
from admit.aws.queue import Queue
from admit.aws.secrets import Secrets, StripeSecret
from admit.aws.table import DynamoTable
from admit.cache import Cache
from admit.catalog.cache import CatalogCache
from admit.clock import now
from admit.door.device import Device, find_device
from admit.ids import normal_email
from admit.job import QueuedWork
from admit.mail.mails import MailRequest
from admit.orders.billing import BillingMessage
from admit.tickets.links import Links

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from admit.payments.stripe_gateway import StripeGateway

_DEVICE_AGE = timedelta(seconds=5)
_CALL = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4})
_MANY_AT_ONCE = _CALL.merge(Config(max_pool_connections=32))


class Settings(BaseModel):
    """Environment variables; each function is given only those that it reads."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    table_name: str
    bucket_name: str = ""
    link_secret_arn: str = ""
    signing_secret_arn: str = ""
    stripe_secret_arn: str = ""
    stripe_api_base: str = "https://api.stripe.com"
    site_url: str = ""
    api_url: str = ""
    sender_address: str = ""
    mail_queue_url: str = ""
    job_queue_url: str = ""
    billing_queue_url: str = ""
    payment_method_types: str = "card"
    hold_minutes: int = 10
    allowed_origins: str = "*"
    founder_emails: str = ""
    user_pool_issuer: str = ""
    user_pool_client_id: str = ""
    user_pool_keys_url: str = ""

    @property
    def founders(self) -> frozenset[str]:
        return frozenset(normal_email(email) for email in self.founder_emails.split(",") if email.strip())


class Workshop:
    """What a function works with. Each part is made at its first use and kept."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def table(self) -> DynamoTable:
        return DynamoTable(boto3.client("dynamodb", config=_MANY_AT_ONCE), self.settings.table_name)

    @cached_property
    def catalogs(self) -> CatalogCache:
        return CatalogCache(self.table, now)

    @cached_property
    def devices(self) -> Cache[str, Device]:
        """Devices by their keys; one that is revoked works five seconds more at most."""
        return Cache(lambda key: find_device(self.table, key), _DEVICE_AGE, now)

    @cached_property
    def secrets(self) -> Secrets:
        return Secrets(boto3.client("secretsmanager", config=_CALL))

    @cached_property
    def id_tokens(self) -> IdTokens:
        return IdTokens(
            issuer=self.settings.user_pool_issuer,
            client_id=self.settings.user_pool_client_id,
            keys_url=self.settings.user_pool_keys_url,
        )

    @cached_property
    def bucket(self) -> S3Bucket:
        signed = _MANY_AT_ONCE.merge(Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
        return S3Bucket(boto3.client("s3", config=signed), self.settings.bucket_name)

    @cached_property
    def mail_queue(self) -> Queue[MailRequest]:
        return Queue(self._sqs, self.settings.mail_queue_url)

    @cached_property
    def job_queue(self) -> Queue[QueuedWork]:
        """Jobs to go on with, and audits."""
        return Queue(self._sqs, self.settings.job_queue_url)

    @cached_property
    def billing_queue(self) -> Queue[BillingMessage]:
        """Orders that are due an invoice or a credit note."""
        return Queue(self._sqs, self.settings.billing_queue_url)

    @cached_property
    def _sqs(self) -> "SQSClient":
        return boto3.client("sqs", config=_CALL)

    @cached_property
    def postman(self) -> SesPostman:
        return SesPostman(boto3.client("sesv2", config=_CALL), self.settings.sender_address)

    @property
    def gateway(self) -> "StripeGateway":
        """Stripe, connected anew only when its secret has changed."""
        return _gateway(self.secrets.stripe(self.settings.stripe_secret_arn), self.settings)

    def links(self, api_url: str = "") -> Links:
        """`api_url` is the API's own address as the present request names it."""
        return Links(
            secret=self.secrets.read(self.settings.link_secret_arn),
            api_url=api_url or self.settings.api_url,
            site_url=self.settings.site_url,
        )


@lru_cache(maxsize=1)
def _gateway(secret: StripeSecret, settings: Settings) -> "StripeGateway":
    """Import stripe where money moves and nowhere else: it costs a cold start 160 ms."""
    from admit.payments.stripe_gateway import StripeGateway  # noqa: PLC0415

    return StripeGateway(
        secret.api_key,
        api_base=settings.stripe_api_base,
        webhook_secrets=secret.webhook_secrets,
        methods=settings.payment_method_types.split(","),
        order_url=lambda order_id: f"{settings.site_url}/orders/{order_id}",
    )


@cache
def workshop() -> Workshop:
    return Workshop(Settings.model_validate({name.lower(): value for name, value in os.environ.items()}))
