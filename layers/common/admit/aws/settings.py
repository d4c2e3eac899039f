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
from admit.aws.queue import Queue
from admit.aws.secrets import AppleWalletSecret, GoogleWalletSecret, Secrets, StripeSecret
from admit.aws.table import DynamoTable
from admit.cache import Cache
from admit.catalog.cache import CatalogCache
from admit.clock import now
from admit.door.device import Device, find_device
from admit.errors import WalletOff
from admit.ids import normal_email
from admit.people.switches import SWITCHES, Switches, TakeBack
from admit.tickets.links import Links

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from admit.aws.mail import SesPostman
    from admit.aws.site import Site
    from admit.badges.face import BadgeDesign, DesignName
    from admit.hooks.address import Resolve
    from admit.hooks.delivery import LaneMessage
    from admit.hooks.sent import Sender
    from admit.job import AuditMessage, JobMessage, RosterMessage
    from admit.mail.mails import MailRequest
    from admit.orders.billing import BillingMessage
    from admit.passes.apple import ApplePasses
    from admit.passes.apple_push import ApplePush
    from admit.passes.devices import PassChanged
    from admit.passes.google import GooglePasses
    from admit.payments.stripe_gateway import StripeGateway
    from admit.seating.maps import SeatMaps

_DEVICE_AGE = timedelta(seconds=1)
_DESIGN_AGE = timedelta(seconds=30)
_RATE_AGE = timedelta(minutes=5)
_SITE_AGE = timedelta(minutes=1)
_CALL = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4})
# The queue has more patience than a process.
_CALL_TWICE = _CALL.merge(Config(retries={"mode": "standard", "total_max_attempts": 2}))
_MANY_AT_ONCE = _CALL.merge(Config(max_pool_connections=32))


class Settings(BaseModel):
    """Environment variables; each function is given only those that it reads."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    table_name: str
    bucket_name: str = ""
    link_secret_arn: str = ""
    signing_secret_arn: str = ""
    stripe_secret_arn: str = ""
    apple_wallet_secret_arn: str = ""
    google_wallet_secret_arn: str = ""
    apple_wallet: bool = False
    """Whether passes are made, for functions that only link to them."""
    google_wallet: bool = False
    stripe_api_base: str = "https://api.stripe.com"
    apple_push_base: str = "https://api.push.apple.com"
    site_url: str = ""
    api_url: str = ""
    sender_address: str = ""
    configuration_set: str = ""
    mail_processes: int = 1
    """How many processes send mail at a time."""
    mail_queue_url: str = ""
    job_queue_url: str = ""
    roster_queue_url: str = ""
    billing_queue_url: str = ""
    pass_queue_url: str = ""
    hook_queue_url: str = ""
    hook_exempt_hosts: str = ""
    payment_method_types: str = "card"
    hold_minutes: int = 10
    address_book_enabled: bool = True
    distribution_enabled: bool = True
    take_back: TakeBack = TakeBack.RELAY_AND_PUBLIC
    take_back_downloaded: TakeBack = TakeBack.RELAY_AND_PUBLIC
    allowed_origins: str = "*"
    founder_emails: str = ""
    user_pool_issuer: str = ""
    user_pool_client_id: str = ""
    user_pool_keys_url: str = ""

    @property
    def founders(self) -> frozenset[str]:
        return frozenset(normal_email(email) for email in self.founder_emails.split(",") if email.strip())

    @property
    def hook_exempt(self) -> frozenset[str]:
        """Hosts that webhooks may go to in the clear and at private addresses."""
        return frozenset(self.hook_exempt_hosts.split(",")) - {""}


class Workshop:
    """What a function works with. Each part is made at its first use and kept."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def table(self) -> DynamoTable:
        return DynamoTable(boto3.client("dynamodb", config=_MANY_AT_ONCE), self.settings.table_name)

    @cached_property
    def switches(self) -> Switches:
        """What companies may do with their tickets, unless it is said of one otherwise."""
        return Switches.model_validate(self.settings.model_dump(include=set(SWITCHES)))

    @cached_property
    def catalogs(self) -> CatalogCache:
        return CatalogCache(self.table, now)

    @cached_property
    def seat_maps(self) -> "SeatMaps":
        from admit.seating.maps import SeatMaps  # noqa: PLC0415

        return SeatMaps(self.table, now)

    @cached_property
    def devices(self) -> Cache[str, Device]:
        """Devices by their keys; one that is revoked works a second more at most."""
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
    def designs(self) -> "Cache[DesignName, BadgeDesign]":
        """What the badges of events are drawn with; a changed template is drawn half a minute later."""
        from admit.badges.face import load_design  # noqa: PLC0415

        return Cache(lambda name: load_design(self.table, self.bucket, name), _DESIGN_AGE, now)

    @property
    def site(self) -> "Site":
        """The published pages, up to a minute old, where the bucket is theirs. Raises LookupError."""
        return self._sites.get("")

    @cached_property
    def _sites(self) -> "Cache[str, Site]":
        from admit.aws.site import read_site  # noqa: PLC0415

        return Cache(lambda _: read_site(self.bucket), _SITE_AGE, now)

    @cached_property
    def mail_queue(self) -> "Queue[MailRequest]":
        return Queue(self._sqs, self.settings.mail_queue_url)

    @cached_property
    def job_queue(self) -> "Queue[JobMessage | AuditMessage]":
        """Jobs to go on with, and audits."""
        return Queue(self._sqs, self.settings.job_queue_url)

    @cached_property
    def roster_queue(self) -> "Queue[RosterMessage]":
        """Files of offline rosters, apart: a door waits for them, and a job may be long."""
        return Queue(self._sqs, self.settings.roster_queue_url)

    @cached_property
    def billing_queue(self) -> "Queue[BillingMessage]":
        """Orders that are due an invoice or a credit note."""
        return Queue(self._sqs, self.settings.billing_queue_url)

    @cached_property
    def pass_queue(self) -> "Queue[PassChanged]":
        """Passes whose devices are to be told that they have changed."""
        return Queue(self._sqs, self.settings.pass_queue_url)

    @cached_property
    def hook_queue(self) -> "Queue[LaneMessage]":
        """Lanes in which a webhook is to be sent."""
        return Queue(self._sqs, self.settings.hook_queue_url)

    @cached_property
    def hook_sender(self) -> "Sender":
        """Import the client of HTTP in the one function that sends webhooks."""
        from admit.hooks.send import HttpSender  # noqa: PLC0415

        return HttpSender(self.settings.hook_exempt)

    @cached_property
    def hook_resolve(self) -> "Resolve":
        """What finds the addresses of a host that a webhook is to go to."""
        from admit.hooks.address import resolve  # noqa: PLC0415

        return resolve

    @cached_property
    def _sqs(self) -> "SQSClient":
        return boto3.client("sqs", config=_CALL)

    @cached_property
    def postman(self) -> "SesPostman":
        """SES, at the pace of its account as it was in the last minutes."""
        from admit.aws.mail import Pace, SesPostman, sending_rate  # noqa: PLC0415

        client = boto3.client("sesv2", config=_CALL_TWICE)
        rates: Cache[str, float] = Cache(lambda _: sending_rate(client), _RATE_AGE, now)
        pace = Pace(lambda: rates.get(""), self.settings.mail_processes)
        return SesPostman(client, self.settings.sender_address, self.settings.configuration_set, pace)

    @property
    def gateway(self) -> "StripeGateway":
        """Stripe, connected anew only when its secret has changed."""
        return _gateway(self.secrets.stripe(self.settings.stripe_secret_arn), self.settings)

    @property
    def apple_passes(self) -> "ApplePasses":
        """Passes for Apple Wallet, by the certificate in the secret. Raises WalletOff without one."""
        if not self.settings.apple_wallet_secret_arn:
            raise WalletOff
        return _apple_passes(self.secrets.apple_wallet(self.settings.apple_wallet_secret_arn))

    @property
    def apple_push(self) -> "ApplePush":
        """Apple's push service, by the same certificate. Raises WalletOff without one."""
        if not self.settings.apple_wallet_secret_arn:
            raise WalletOff
        secret = self.secrets.apple_wallet(self.settings.apple_wallet_secret_arn)
        return _apple_push(secret, self.settings.apple_push_base)

    @property
    def google_passes(self) -> "GooglePasses":
        """Passes for Google Wallet, by the account in the secret. Raises WalletOff without one."""
        if not self.settings.google_wallet_secret_arn:
            raise WalletOff
        return _google_passes(self.secrets.google_wallet(self.settings.google_wallet_secret_arn))

    def links(self, api_url: str = "") -> Links:
        """`api_url` is the API's own address as the present request names it."""
        return Links(
            secret=self.secrets.read(self.settings.link_secret_arn),
            api_url=api_url or self.settings.api_url,
            site_url=self.settings.site_url,
            apple_wallet=self.settings.apple_wallet,
            google_wallet=self.settings.google_wallet,
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


@lru_cache(maxsize=1)
def _apple_passes(secret: AppleWalletSecret) -> "ApplePasses":
    """Import what packs passes in the one function that has its libraries."""
    from admit.passes.apple import ApplePasses  # noqa: PLC0415

    return ApplePasses(
        certificate=secret.certificate,
        key=secret.key,
        intermediate=secret.intermediate,
        pass_type=secret.pass_type,
        team=secret.team,
    )


@lru_cache(maxsize=1)
def _apple_push(secret: AppleWalletSecret, base_url: str) -> "ApplePush":
    """Import the client of HTTP/2 where there is something to push."""
    from admit.passes.apple_push import ApplePush, connect  # noqa: PLC0415

    return ApplePush(connect(base_url, secret.certificate, secret.key), secret.pass_type)


@lru_cache(maxsize=1)
def _google_passes(secret: GoogleWalletSecret) -> "GooglePasses":
    from admit.passes.google import GooglePasses  # noqa: PLC0415

    return GooglePasses(issuer_id=secret.issuer_id, service_account=secret.service_account, key=secret.key)


@cache
def workshop() -> Workshop:
    return Workshop(Settings.model_validate({name.lower(): value for name, value in os.environ.items()}))
