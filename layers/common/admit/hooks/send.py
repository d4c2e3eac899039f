"""Sending a webhook: one POST to a public address, whose answer counts by its status alone.

The host is resolved for each try and the connection goes to the address that was looked at, so that a name
which changes its address in between leads nowhere else. Redirects are not followed.
"""

import ssl
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any

import httpcore

from admit.hooks.address import NotPublic, Resolve, public_addresses, resolve
from admit.hooks.sent import SendError, Sent

PATIENCE_SECONDS = 10.0
"""For the whole of it."""
_CONNECT_SECONDS = 3.0
_MOST_ADDRESSES = 3
_MOST_READ = 64 * 1024


class HttpSender:
    """Posts over the network. Plain HTTP and private addresses are for the hosts that are exempt."""

    def __init__(
        self,
        exempt: Collection[str] = (),
        *,
        resolve: Resolve = resolve,
        trust: ssl.SSLContext | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._exempt = exempt
        self._resolve = resolve
        self._trust = trust
        self._patience = patience

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        started = time.monotonic()
        status, error = None, None
        try:
            status = self._post(url, headers, body, started + self._patience)
        except NotPublic:
            error = SendError.ADDRESS_NOT_PUBLIC
        except (httpcore.TimeoutException, TimeoutError):
            error = SendError.TIMEOUT
        except _NoTls:
            error = SendError.TLS
        except httpcore.ProtocolError:
            error = SendError.NO_HTTP
        except httpcore.NetworkError:
            error = SendError.NO_CONNECTION
        except (OSError, UnicodeError):
            error = SendError.ADDRESS_NOT_FOUND
        return Sent(status, error, round((time.monotonic() - started) * 1000))

    def _post(self, url: str, headers: Mapping[str, str], body: bytes, until: float) -> int:
        backend = _PublicNetwork(self._resolve, self._exempt, until)
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), self._patience)
        host = httpcore.URL(url).host.decode()
        if httpcore.URL(url).scheme != b"https" and host not in self._exempt:
            raise NotPublic
        with (
            httpcore.ConnectionPool(ssl_context=self._context, network_backend=backend) as pool,
            pool.stream(
                "POST", url, headers=list(headers.items()), content=body, extensions={"timeout": timeouts}
            ) as answer,
        ):
            read = 0
            for chunk in answer.iter_stream():
                read += len(chunk)
                if read > _MOST_READ:
                    break
            return answer.status

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return self._trust or ssl.create_default_context()


class _NoTls(Exception):
    """The other side has no certificate that holds for its name, or speaks no TLS."""


class _PublicNetwork(httpcore.NetworkBackend):
    """Connects to public addresses alone, and gives up at a moment."""

    def __init__(self, resolve: Resolve, exempt: Collection[str], until: float) -> None:
        self._resolve = resolve
        self._exempt = exempt
        self._until = until
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        *others, last = public_addresses(host, port, self._resolve, self._exempt)[:_MOST_ADDRESSES]
        for address in others:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return self._connect(address, port, timeout)
        return self._connect(last, port, timeout)

    def _connect(self, address: str, port: int, timeout: float | None) -> httpcore.NetworkStream:
        left = min(_CONNECT_SECONDS, _left(self._until, timeout))
        return _Hurried(self._network.connect_tcp(address, port, left), self._until)


class _Hurried(httpcore.NetworkStream):
    """A stream that ends at a moment, however slowly the other side goes on."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._until, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._until, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(self._until, timeout)
        try:
            return _Hurried(self._stream.start_tls(ssl_context, server_hostname, left), self._until)
        except httpcore.ConnectError as exc:
            raise _NoTls from exc

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(until: float, timeout: float | None) -> float:
    """Return how long something may take that ends at a moment. Raises TimeoutError."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left if timeout is None else min(left, timeout)
