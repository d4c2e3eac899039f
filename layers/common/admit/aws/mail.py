"""Mail by Amazon SES."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from admit.mail.delivery import QuotaUsedUp, TooFast, Unreachable
from admit.mail.mails import Mail

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import MessageTagTypeDef

_LONGEST_PAUSE = 5.0
_SLOWEST = 1.0  # the rate of an account that is new
_THROTTLED = {"TooManyRequestsException", "LimitExceededException", "ThrottlingException", "Throttling"}
ORDER_TAG = "order_id"
"""Marks a mail with the order that it is about; SES gives it back with its news of the mail."""


class Pace:
    """Spaces mails so that `processes` of them together keep to the account's rate, in mails a second."""

    def __init__(
        self,
        rate: Callable[[], float],
        processes: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate = rate
        self._processes = processes
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0

    def wait(self) -> None:
        """Wait until the next mail may go, five seconds at most: beyond that SES itself refuses."""
        if (rate := self._rate()) <= 0:
            return
        now = self._clock()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(self._next, now) + min(self._processes / rate, _LONGEST_PAUSE)


def sending_rate(client: "SESV2Client") -> float:
    """Return how many mails a second the account may send: the least when SES does not tell."""
    try:
        return client.get_account()["SendQuota"]["MaxSendRate"]
    except ClientError:
        return _SLOWEST


class SesPostman:
    def __init__(self, client: "SESV2Client", sender: str, configuration_set: str, pace: Pace) -> None:
        self._client = client
        self._sender = sender
        self._configuration_set = configuration_set
        self._pace = pace

    def send(self, mail: Mail) -> None:
        to = _in_ascii(mail.to)
        tags: list[MessageTagTypeDef] = []
        if mail.order_id is not None:
            tags.append({"Name": ORDER_TAG, "Value": mail.order_id})
        self._pace.wait()
        try:
            self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [to]},
                Content={
                    "Simple": {
                        "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                        "Body": {
                            "Text": {"Data": mail.text, "Charset": "UTF-8"},
                            "Html": {"Data": mail.html, "Charset": "UTF-8"},
                        },
                    }
                },
                ConfigurationSetName=self._configuration_set,
                EmailTags=tags,
            )
        except ClientError as exc:
            if exc.response["Error"]["Code"] not in _THROTTLED:
                raise
            # "Maximum sending rate exceeded" or "Daily message quota exceeded", under one code.
            if "quota" in str(exc.response["Error"].get("Message")).lower():
                raise QuotaUsedUp from exc
            raise TooFast from exc


def _in_ascii(address: str) -> str:
    """Write an address as SES takes it: in ASCII, its domain in Punycode. Raises Unreachable."""
    local, _, domain = address.rpartition("@")
    try:
        return f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}"
    except UnicodeError as exc:
        raise Unreachable from exc
