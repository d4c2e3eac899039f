"""Accounts at wallets to test with: certificates as Apple issues them, and the key of a service account."""

from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_address
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

from admit.aws.secrets import AppleWalletSecret, GoogleWalletSecret
from admit.catalog.event import Event, EventStatus
from admit.ids import order_id
from admit.passes.apple import ApplePasses
from admit.people.person import Holder
from admit.seating.seat import SeatPlace
from admit.stock.stock import Stock
from admit.tickets.credential import Signer
from admit.tickets.ticket import Ticket
from tests.builders import NOW, SIGNING_SECRET, event_settings

PASS_TYPE = "pass.example.admit"
ORDER_ID = order_id("event-1", "key")
ISSUER = "3388000000000000001"
_USAGES = [
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
]
_FROM, _UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)


class Issued(NamedTuple):
    certificate: x509.Certificate
    key: RSAPrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()


@cache
def root() -> Issued:
    return _issued("Root", None, authority=True)


@cache
def intermediate() -> Issued:
    return _issued("Worldwide Developer Relations", root(), authority=True)


@cache
def apple_secret() -> AppleWalletSecret:
    leaf = _issued(f"Pass Type ID: {PASS_TYPE}", intermediate(), authority=False)
    return AppleWalletSecret(
        certificate=leaf.pem,
        key=key_pem(leaf.key),
        intermediate=intermediate().pem,
        pass_type=PASS_TYPE,
        team="TEAM012345",
    )


@cache
def server() -> Issued:
    """Return what a server on 127.0.0.1 shows that it is."""
    return _issued("127.0.0.1", root(), authority=False, address="127.0.0.1")


def apple_passes() -> ApplePasses:
    secret = apple_secret()
    return ApplePasses(
        certificate=secret.certificate,
        key=secret.key,
        intermediate=secret.intermediate,
        pass_type=secret.pass_type,
        team=secret.team,
    )


@cache
def google_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def google_secret() -> GoogleWalletSecret:
    return GoogleWalletSecret(
        issuer_id=ISSUER, service_account="admit@project.example", key=key_pem(google_key())
    )


def google_public_key() -> str:
    form = google_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return form.decode()


def an_event(**overrides: Any) -> Event:
    """Return a published event that no table has."""
    fields: dict[str, Any] = {
        "id": "event-1",
        "organizer_id": "organizer-1",
        "status": EventStatus.PUBLISHED,
        "hold_minutes": 10,
        "stock": Stock.opened("event-1", None),
        "public_key": Signer(SIGNING_SECRET, "event-1").public_key,
        "request_hash": "x",
        "created_at": NOW,
        "venue": {"name": "Ishavskatedralen", "address": "Hans Nilsens veg 41\n9020 Tromsø"},
    }
    return Event.model_validate(event_settings(slug="northern-lights").model_dump() | fields | overrides)


SEAT = SeatPlace(id="stalls-12-7", section="Stalls", row="Row 12", label="7")


def a_ticket(**overrides: Any) -> Ticket:
    """Return a ticket of that event that no table has."""
    fields: dict[str, Any] = {
        "order_id": ORDER_ID,
        "number": 1,
        "event_id": "event-1",
        "shard": 0,
        "tier_id": "tier-1",
        "tier_title": "Two-day pass",
        "holder": Holder(email="kari@polar.example", name="Kari Nordmann", company="Polar Systems AS"),
        "buyer_email": "ola@polar.example",
        "event_ends_at": NOW,
    }
    return Ticket.model_validate(fields | overrides)


def _issued(name: str, issuer: Issued | None, *, authority: bool, address: str | None = None) -> Issued:
    key = generate_private_key(65537, 2048)
    subject = _name(name)
    builder = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
    builder = builder.issuer_name(issuer.certificate.subject if issuer else subject)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(_FROM).not_valid_after(_UNTIL)
    by = issuer.key if issuer else key
    usage = dict.fromkeys(_USAGES, False) | {"digital_signature": True, "key_cert_sign": authority}
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=authority, path_length=None), True),
        (x509.KeyUsage(**usage), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), False),
    ]
    if address is not None:
        extensions.append((x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), False))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return Issued(builder.sign(by, SHA256()), key)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def key_pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
