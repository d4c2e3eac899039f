"""Telling devices that passes have changed: an empty push over HTTP/2, whereupon they ask what it was.

Sources: Apple's Wallet Developer Guide, "Updating a Pass", and
https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns. The pass
certificate proves who pushes, and its pass type is the topic.
"""

import ssl
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from admit.errors import Unavailable

_PATIENCE_SECONDS = 5
_GONE = {"BadDeviceToken", "DeviceTokenNotForTopic", "Unregistered"}


class ApplePush:
    """Pushes for one pass type by a client that proves who we are."""

    def __init__(self, client: httpx.Client, pass_type: str) -> None:
        self._client = client
        self._pass_type = pass_type

    def tell(self, push_token: str) -> bool:
        """Push to a device; False when it can't be reached by this token any more. Raises Unavailable."""
        try:
            answer = self._client.post(
                f"/3/device/{push_token}", json={}, headers={"apns-topic": self._pass_type}
            )
        except httpx.TransportError as exc:
            raise Unavailable("Apple's push service does not answer.") from exc
        if answer.status_code in (400, 410) and answer.json().get("reason") in _GONE:
            return False
        if answer.status_code != 200:
            raise Unavailable("Apple's push service refuses.")
        return True


def connect(base_url: str, certificate: str, key: str, authority: str | None = None) -> httpx.Client:
    """Return a client of a push service over HTTP/2; certificates and key are PEM.

    `authority` is who certifies the service, if not those whom this machine trusts.
    """
    context = ssl.create_default_context(cadata=authority)
    # The module takes a certificate from files alone.
    with TemporaryDirectory() as folder:
        chain = Path(folder, "chain.pem")
        chain.write_text(f"{certificate}\n{key}")
        context.load_cert_chain(chain)
    return httpx.Client(base_url=base_url, http2=True, verify=context, timeout=_PATIENCE_SECONDS)
