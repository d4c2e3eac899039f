"""Secrets, read at first use and kept for five minutes, so that a rolled one is taken up."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_KEPT_SECONDS = 300


class StripeSecret(BaseModel):
    """The JSON of the Stripe secret. Several webhook secrets hold at once while one is rolled."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_key: str
    webhook_secrets: tuple[str, ...]


class AppleWalletSecret(BaseModel):
    """The JSON of the secret for Apple Wallet; `certificate`, `key` and `intermediate` are PEM."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    certificate: str
    """Of the pass type, from Apple."""
    key: str
    """Of the certificate, without a passphrase."""
    intermediate: str
    """Apple's Worldwide Developer Relations certificate that issued it."""
    pass_type: str
    """Such as pass.com.example.tickets."""
    team: str


class GoogleWalletSecret(BaseModel):
    """The JSON of the secret for Google Wallet; `key` is the PEM of the service account."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer_id: str
    service_account: str
    """Its e-mail address."""
    key: str


class Secrets:
    def __init__(
        self, client: "SecretsManagerClient", monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._monotonic = monotonic
        self._kept: dict[str, tuple[str, float]] = {}

    def read(self, arn: str) -> str:
        value, until = self._kept.get(arn, ("", 0.0))
        if self._monotonic() >= until:
            value = self._client.get_secret_value(SecretId=arn)["SecretString"]
            self._kept[arn] = (value, self._monotonic() + _KEPT_SECONDS)
        return value

    def stripe(self, arn: str) -> StripeSecret:
        return StripeSecret.model_validate_json(self.read(arn))

    def apple_wallet(self, arn: str) -> AppleWalletSecret:
        return AppleWalletSecret.model_validate_json(self.read(arn))

    def google_wallet(self, arn: str) -> GoogleWalletSecret:
        return GoogleWalletSecret.model_validate_json(self.read(arn))
