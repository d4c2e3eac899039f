"""The pass of a ticket for Apple Wallet: a signed package of what it says, its pictures and their digests.

Sources: Apple's PassKit Package Format Reference and Wallet Developer Guide
(https://developer.apple.com/library/archive/documentation/UserExperience/Reference/PassKit_Bundle,
https://developer.apple.com/documentation/walletpasses/pass). The package is a ZIP file of pass.json, the
pictures, manifest.json with the SHA-1 of each of them, and a detached PKCS #7 signature of the manifest by
the certificate of the pass type, which carries Apple's intermediate certificate.
"""

import json
import zipfile
from functools import cache
from hashlib import sha1
from io import BytesIO
from typing import Any, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from PIL import Image, ImageDraw

from admit.passes.content import PassContent
from admit.tickets.links import Links

PASS_TYPE = "application/vnd.apple.pkpass"
_GREEN, _LIGHT = (11, 107, 87), (227, 242, 237)
# Points of each picture; a device takes the one of its screen: once, twice or three times as many pixels.
_PICTURES = {"icon": 29, "logo": 50}
_DRAWN_LARGER = 8
# The first time that a ZIP file can name: the same content shall be the same package.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


class Bucket(Protocol):
    def store(self, name: str, content: bytes, content_type: str) -> None: ...


class ApplePasses:
    """Packs passes of one pass type. Certificates and key are PEM; `intermediate` is Apple's WWDR."""

    def __init__(self, *, certificate: str, key: str, intermediate: str, pass_type: str, team: str) -> None:
        self.pass_type = pass_type
        self._team = team
        self._certificate = x509.load_pem_x509_certificate(certificate.encode())
        self._intermediate = x509.load_pem_x509_certificate(intermediate.encode())
        private_key = load_pem_private_key(key.encode(), password=None)
        assert isinstance(private_key, RSAPrivateKey), "Apple certifies RSA keys"
        self._key = private_key

    def pack(self, content: PassContent, credential: str, *, service_url: str, token: str) -> bytes:
        """Return the package of a pass whose code is `credential`.

        Devices ask at `service_url` with `token` how the pass stands; the token of a serial never changes.
        """
        written = self._pass_json(content, credential) | {
            "webServiceURL": service_url,
            "authenticationToken": token,
        }
        files = {"pass.json": _json(written), **_pictures()}
        manifest = _json(
            {name: sha1(file, usedforsecurity=False).hexdigest() for name, file in files.items()}
        )
        return _zipped({**files, "manifest.json": manifest, "signature": self._signature(manifest)})

    def store(self, bucket: Bucket, content: PassContent, credential: str, links: Links) -> str:
        """Pack a pass into the bucket under a name that its content fixes, and return that name."""
        token = links.pass_token(content.serial)
        package = self.pack(content, credential, service_url=links.pass_service, token=token)
        name = f"passes/{content.serial}/{content.mark}.pkpass"
        bucket.store(name, package, PASS_TYPE)
        return name

    def _pass_json(self, content: PassContent, credential: str) -> dict[str, Any]:
        return {
            "formatVersion": 1,
            "passTypeIdentifier": self.pass_type,
            "teamIdentifier": self._team,
            "serialNumber": content.serial,
            "groupingIdentifier": content.event_id,
            "organizationName": content.seller,
            "description": f"{content.event_title}: {content.tier_title}",
            "relevantDate": content.local(content.starts_at),
            "expirationDate": content.local(content.ends_at),
            "voided": content.void,
            # A pass goes to somebody else by giving him the ticket, which makes him a pass of his own.
            "sharingProhibited": True,
            "backgroundColor": _rgb(_GREEN),
            "foregroundColor": _rgb((255, 255, 255)),
            "labelColor": _rgb(_LIGHT),
            "barcodes": [
                {
                    "format": "PKBarcodeFormatQR",
                    "message": credential,
                    "messageEncoding": "iso-8859-1",
                    "altText": content.code,
                }
            ],
            "eventTicket": _fields(content),
        }

    def _signature(self, manifest: bytes) -> bytes:
        """Sign with the time of signing among the signed attributes, without which Wallet takes no pass."""
        builder = PKCS7SignatureBuilder().set_data(manifest)
        builder = builder.add_signer(self._certificate, self._key, SHA256())
        builder = builder.add_certificate(self._intermediate)
        return builder.sign(Encoding.DER, [PKCS7Options.DetachedSignature, PKCS7Options.Binary])


def _fields(content: PassContent) -> dict[str, Any]:
    """Return what the pass shows; of a field that changes on a device, its owner is told."""
    venue = content.venue
    begins = {
        "value": content.local(content.starts_at),
        "dateStyle": "PKDateStyleMedium",
        "ignoresTimeZone": True,
    }
    place = [_field("place", "Place", venue.name, changeMessage="The place is now %@")] if venue else []
    address = [_field("address", "Address", venue.address)] if venue and venue.address else []
    holder = [_field("holder", "Name", content.holder_name)] if content.holder_name else []
    company = [_field("company", "Company", content.company)] if content.company else []
    seat = []
    if content.seat:
        seat = [_field("seat", "Seat", content.seat.text, changeMessage="Your seat is now %@")]
    return {
        "headerFields": [{"key": "day", "label": "Date", **begins}],
        "primaryFields": [_field("event", "Event", content.event_title)],
        "secondaryFields": [
            {
                "key": "begins",
                "label": "Begins",
                **begins,
                "timeStyle": "PKDateStyleShort",
                "changeMessage": "It now begins %@",
            },
            *place,
        ],
        "auxiliaryFields": [*holder, _field("tier", "Ticket", content.tier_title), *seat],
        "backFields": [
            *company,
            *address,
            {
                **begins,
                "key": "ends",
                "label": "Ends",
                "value": content.local(content.ends_at),
                "timeStyle": "PKDateStyleShort",
            },
            _field("code", "Ticket number", content.code),
        ],
    }


def _field(key: str, label: str, value: str, **more: str) -> dict[str, str]:
    return {"key": key, "label": label, "value": value, **more}


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _rgb(colour: tuple[int, int, int]) -> str:
    return "rgb({}, {}, {})".format(*colour)


def _zipped(files: dict[str, bytes]) -> bytes:
    package = BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in files.items():
            archive.writestr(zipfile.ZipInfo(name, _NO_TIME), file, zipfile.ZIP_DEFLATED)
    return package.getvalue()


@cache
def _pictures() -> dict[str, bytes]:
    """Draw the pictures of every pass, once a process: a ticket with its two notches."""
    pictures = {}
    for name, points in _PICTURES.items():
        for scale, suffix in ((1, ""), (2, "@2x"), (3, "@3x")):
            file = BytesIO()
            _drawn(points * scale).save(file, "PNG")
            pictures[f"{name}{suffix}.png"] = file.getvalue()
    return pictures


def _drawn(pixels: int) -> Image.Image:
    """Draw larger than asked for and scale down, which makes its edges smooth."""
    side = pixels * _DRAWN_LARGER
    picture = Image.new("RGB", (side, side), _GREEN)
    draw = ImageDraw.Draw(picture)
    left, right, top, bottom = side * 0.14, side * 0.86, side * 0.28, side * 0.72
    draw.rounded_rectangle((left, top, right, bottom), radius=side * 0.07, fill="white")
    notch, middle = side * 0.08, side * 0.5
    for edge in (left, right):
        draw.ellipse((edge - notch, middle - notch, edge + notch, middle + notch), fill=_GREEN)
    return picture.resize((pixels, pixels), Image.Resampling.LANCZOS)
