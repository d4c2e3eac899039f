"""Sending webhooks over a real network: to the address that was looked at, in time, and no further."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from admit import clock
from admit.hooks.send import HttpSender
from admit.hooks.sent import SendError, Sent

LOCAL = "127.0.0.1"
PUBLIC = "93.184.215.14"
type Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """An HTTP server on this machine that answers as it is told, and keeps what came."""

    def __init__(self, answer: Answer) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.stopping = threading.Event()
        own = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                own.got.append((self.path, dict(self.headers), body))
                answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer((LOCAL, 0), Handler)
        self.http.daemon_threads = True

    @property
    def port(self) -> int:
        return int(self.http.server_address[1])


def status(code: int, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


@contextmanager
def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(answer)
    if tls:
        server.http.socket = tls.wrap_socket(server.http.socket, server_side=True)
    thread = threading.Thread(target=server.http.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.http.shutdown()
        server.http.server_close()


def post(server: Server, *, exempt: tuple[str, ...] = (LOCAL,), **fields: Any) -> Sent:
    sender = HttpSender(exempt, **fields)
    return sender.send(f"http://{LOCAL}:{server.port}/hook?a=b", {"webhook-id": "one"}, b'{"a": 1}')


def test_a_body_and_its_headers_are_posted() -> None:
    with serving(status(204)) as server:
        sent = post(server)

    assert (sent.status, sent.error) == (204, None)
    [(path, headers, body)] = server.got
    assert (path, headers["webhook-id"], body) == ("/hook?a=b", "one", b'{"a": 1}')
    assert headers["Host"] == f"{LOCAL}:{server.port}"


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433"]
)
def test_nothing_reaches_this_machine_by_any_of_its_names(scheme: str, host: str) -> None:
    with serving(status(204)) as server:
        sent = HttpSender().send(f"{scheme}://{host}:{server.port}/hook", {}, b"{}")

    assert sent.status is None
    assert sent.error in (SendError.ADDRESS_NOT_PUBLIC, SendError.ADDRESS_NOT_FOUND)
    assert server.got == []


def test_a_name_that_turns_to_a_private_address_after_it_was_looked_at_is_refused() -> None:
    answers = iter([[PUBLIC], [LOCAL]])
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    assert rebinding("rebinding.example", 443) == [PUBLIC]
    with serving(status(204)) as server:
        sender = HttpSender(resolve=rebinding)
        sent = sender.send(f"https://rebinding.example:{server.port}/hook", {}, b"{}")

    assert (sent.status, sent.error) == (None, SendError.ADDRESS_NOT_PUBLIC)
    assert server.got == []
    assert asked == ["rebinding.example"] * 2


def test_a_host_is_resolved_once_for_a_try_and_connected_to_there(tls: Any) -> None:
    asked: list[str] = []

    def here(host: str, port: int) -> list[str]:
        asked.append(host)
        return [LOCAL]

    server_side, trust = tls("hooks.example")
    with serving(status(200), server_side) as server:
        sender = HttpSender({"hooks.example"}, resolve=here, trust=trust)
        sent = sender.send(f"https://hooks.example:{server.port}/hook", {}, b"{}")

    assert (sent.status, sent.error) == (200, None)
    assert asked == ["hooks.example"]
    assert server.got[0][1]["Host"] == f"hooks.example:{server.port}"


def test_a_certificate_of_another_name_or_of_nobody_is_refused(tls: Any) -> None:
    server_side, trust = tls("another.example")
    for trusted in (trust, None):
        with serving(status(200), server_side) as server:
            sender = HttpSender({"hooks.example"}, resolve=lambda *_: [LOCAL], trust=trusted)
            sent = sender.send(f"https://hooks.example:{server.port}/hook", {}, b"{}")
        assert (sent.status, sent.error) == (None, SendError.TLS)
        assert server.got == []


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with serving(status(204)) as target:
        with serving(status(307, Location=f"http://{LOCAL}:{target.port}/")) as server:
            sent = post(server)
        assert sent.status == 307
        assert target.got == []


def test_who_answers_byte_by_byte_is_waited_for_no_longer_than_for_others() -> None:
    def drip(request: BaseHTTPRequestHandler) -> None:
        while not server.stopping.wait(0.05):
            try:
                request.wfile.write(b"H")
            except OSError:
                return

    with serving(drip) as server:
        sent = post(server, patience=0.5)

    assert (sent.status, sent.error) == (None, SendError.TIMEOUT)
    assert sent.milliseconds < 5_000


def test_an_endless_answer_is_read_up_to_a_limit() -> None:
    written: list[int] = []

    def pour(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        with suppress(OSError):
            while not server.stopping.is_set():
                written.append(request.wfile.write(b"x" * 65_536))

    with serving(pour) as server:
        sent = post(server)
        server.stopping.set()

    assert sent.status == 200
    assert sum(written) < 64 * 1024 * 1024


def test_what_is_no_http_and_who_is_not_there_are_told_apart() -> None:
    def babble(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"220 mail.example ESMTP\r\n")
        request.close_connection = True

    with serving(babble) as server:
        assert post(server).error is SendError.NO_HTTP
    assert post(server).error is SendError.NO_CONNECTION
    unknown = HttpSender(resolve=_nowhere).send("https://nowhere.example/", {}, b"{}")
    assert unknown.error is SendError.ADDRESS_NOT_FOUND


def _nowhere(host: str, port: int) -> list[str]:
    raise OSError


@pytest.fixture
def tls(tmp_path: Path) -> Callable[[str], tuple[ssl.SSLContext, ssl.SSLContext]]:
    """Make a certificate for a name: the server's side, and who trusts it."""

    def make(name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ip_address("192.0.2.1"))])
        now = clock.now()
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(names, critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        chain = tmp_path / "chain.pem"
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        chain.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + pem
        )
        server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server_side.load_cert_chain(chain)
        return server_side, ssl.create_default_context(cadata=pem.decode())

    return make
