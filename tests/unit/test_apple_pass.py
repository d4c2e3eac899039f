"""Passes for Apple Wallet: the signature holds for exactly these bytes, and a pass is of one revision."""

import hashlib
import json
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from admit.catalog.event import EventStatus, Seller
from admit.errors import NotFound, Unauthenticated, WrongState
from admit.passes.code import pass_code
from admit.passes.content import Pass, new_pass, pass_content, read_serial
from admit.tickets.credential import AnotherSigningKey, Signer, read_credential
from admit.tickets.links import Links
from admit.tickets.ticket import Ticket, TicketStatus
from tests.builders import SIGNING_SECRET, FakeBucket
from tests.wallets import ORDER_ID, PASS_TYPE, SEAT, a_ticket, an_event, apple_passes, root

LINKS = Links("a secret", "https://api.example", "https://site.example")
SIGNER = Signer(SIGNING_SECRET, "event-1")


def packed(ticket: Ticket | None = None, revision: int = 0, **event: Any) -> dict[str, bytes]:
    """Return the files of a pass."""
    ticket, of = ticket or a_ticket(), an_event(**event)
    made = Pass(ticket, revision, of, pass_content(ticket, revision, of))
    bucket = FakeBucket()
    name = apple_passes().store(bucket, made.content, pass_code(SIGNER, made), LINKS)
    with zipfile.ZipFile(BytesIO(bucket.objects[name])) as archive:
        return {one: archive.read(one) for one in archive.namelist()}


def says(files: dict[str, bytes]) -> Any:
    return json.loads(files["pass.json"])


def verified(files: dict[str, bytes], folder: Path) -> subprocess.CompletedProcess[str]:
    """Let OpenSSL verify a signature up to the root, whose certificate alone it is given."""
    for name in ("manifest.json", "signature"):
        (folder / name).write_bytes(files[name])
    (folder / "root.pem").write_text(root().pem)
    command = "openssl cms -verify -binary -inform DER -in signature -content manifest.json"
    return subprocess.run(
        [*command.split(), "-CAfile", "root.pem", "-purpose", "any", "-out", "/dev/null"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_signature_holds_up_to_the_root(tmp_path: Path) -> None:
    done = verified(packed(), tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_changed_byte_breaks_the_signature(tmp_path: Path) -> None:
    files = packed()
    manifest = bytearray(files["manifest.json"])
    manifest[20] ^= 1
    assert verified({**files, "manifest.json": bytes(manifest)}, tmp_path).returncode != 0


def test_the_signature_names_the_time_of_signing(tmp_path: Path) -> None:
    (tmp_path / "signature").write_bytes(packed()["signature"])
    command = "openssl cms -cmsout -print -inform DER -in signature"
    shown = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "signingTime" in shown.stdout
    assert "eContent: <ABSENT>" in shown.stdout


def test_the_manifest_names_every_other_file_and_its_digest() -> None:
    files = packed()
    manifest = json.loads(files["manifest.json"])
    assert manifest.keys() == files.keys() - {"manifest.json", "signature"}
    assert all(hashlib.sha1(files[name]).hexdigest() == digest for name, digest in manifest.items())


def test_the_pictures_are_there_in_each_size() -> None:
    sizes = {name: Image.open(BytesIO(file)).size for name, file in packed().items() if name.endswith(".png")}
    assert sizes == {
        f"{name}{suffix}.png": (points * scale, points * scale)
        for name, points in (("icon", 29), ("logo", 50))
        for scale, suffix in ((1, ""), (2, "@2x"), (3, "@3x"))
    }


def test_a_pass_says_what_the_ticket_says() -> None:
    written = says(packed(seller=Seller(name="Northern Lights AS")))
    assert written["formatVersion"] == 1
    assert (written["passTypeIdentifier"], written["teamIdentifier"]) == (PASS_TYPE, "TEAM012345")
    assert written["serialNumber"] == f"{ORDER_ID}-1-0"
    assert written["organizationName"] == "Northern Lights AS"
    assert written["groupingIdentifier"] == "event-1"
    assert written["relevantDate"] == "2027-06-03T09:00+02:00"
    assert written["expirationDate"] == "2027-06-04T17:00+02:00"
    assert written["voided"] is False
    shown = {field["key"]: field["value"] for part in written["eventTicket"].values() for field in part}
    assert shown["event"] == "Northern Lights Conference"
    assert shown["place"] == "Ishavskatedralen"
    assert shown["holder"] == "Kari Nordmann"
    assert shown["tier"] == "Two-day pass"
    assert shown["begins"] == "2027-06-03T09:00+02:00"


def test_a_pass_names_the_seat_and_tells_of_another() -> None:
    fields = says(packed(a_ticket(seat=SEAT)))["eventTicket"]["auxiliaryFields"]
    [seat] = [one for one in fields if one["key"] == "seat"]
    assert seat["value"] == "Stalls · Row 12 · 7"
    assert "%@" in seat["changeMessage"]


def test_no_two_fields_of_a_pass_share_a_key() -> None:
    fields = [
        one["key"] for part in says(packed(a_ticket(seat=SEAT)))["eventTicket"].values() for one in part
    ]
    assert len(fields) == len(set(fields))


def test_the_code_on_a_pass_is_the_credential_of_its_revision() -> None:
    [code] = says(packed(a_ticket(revision=3), 3))["barcodes"]
    assert (code["format"], code["messageEncoding"]) == ("PKBarcodeFormatQR", "iso-8859-1")
    read = read_credential(code["message"], an_event().public_key, "event-1")
    assert (read.ticket_id, read.revision) == (f"{ORDER_ID}-1", 3)


def test_the_pass_of_a_new_revision_has_another_code_and_another_token() -> None:
    first, second = says(packed()), says(packed(a_ticket(revision=1), 1))
    for name in ("barcodes", "serialNumber", "authenticationToken"):
        assert first[name] != second[name]


def test_a_token_opens_its_own_pass_alone() -> None:
    written = says(packed())
    assert written["webServiceURL"] == "https://api.example/wallet"
    token, serial = written["authenticationToken"], written["serialNumber"]
    LINKS.require_pass_token(serial, f"ApplePass {token}")
    for other, header in [
        (f"{ORDER_ID}-1-1", f"ApplePass {token}"),
        (serial, f"Bearer {token}"),
        (serial, token),
        (serial, f"ApplePass {LINKS.ticket_key('0123456789abc-1', 0)}"),
        (serial, ""),
    ]:
        with pytest.raises(Unauthenticated):
            LINKS.require_pass_token(other, header)


@pytest.mark.parametrize(
    ("ticket", "event"),
    [
        ({"status": TicketStatus.CANCELLED}, {}),
        ({"status": TicketStatus.SUSPENDED}, {}),
        ({}, {"status": EventStatus.CANCELLED}),
    ],
)
def test_a_ticket_that_is_not_valid_has_a_void_pass_and_gets_no_new_one(
    ticket: dict[str, Any], event: dict[str, Any]
) -> None:
    assert says(packed(a_ticket(**ticket), **event))["voided"] is True
    with pytest.raises(WrongState):
        new_pass(a_ticket(**ticket), an_event(**event))


def test_the_pass_of_a_former_holder_is_void_and_says_nothing_of_the_new_one() -> None:
    files = packed(a_ticket(revision=1), 0)
    assert says(files)["voided"] is True
    assert "Kari" not in files["pass.json"].decode()
    assert "Polar" not in files["pass.json"].decode()


def test_a_pass_without_a_place_or_a_holder_is_whole(tmp_path: Path) -> None:
    files = packed(a_ticket(holder=None), venue=None)
    assert verified(files, tmp_path).returncode == 0
    assert "place" not in files["pass.json"].decode()


def test_the_name_in_the_bucket_is_fixed_by_what_the_pass_says() -> None:
    def name(**ticket: object) -> str:
        content = pass_content(a_ticket(**ticket), 0, an_event())
        return apple_passes().store(FakeBucket(), content, "CODE", LINKS)

    assert name() == name()
    assert name() != name(status=TicketStatus.CANCELLED)
    assert name().startswith(f"passes/{ORDER_ID}-1-0/")


def test_a_pass_is_not_made_with_another_key_than_the_doors_know() -> None:
    made = new_pass(a_ticket(), an_event(public_key="00"))
    with pytest.raises(AnotherSigningKey):
        pass_code(SIGNER, made)


@pytest.mark.parametrize(
    "serial",
    [
        "",
        "-",
        "0",
        f"{ORDER_ID}-1",
        f"{ORDER_ID}-1-",
        "x-1-0",
        f"{ORDER_ID}-1-99999",
        f"{ORDER_ID}-1-²",
    ],
)
def test_a_text_that_is_no_serial_names_no_pass(serial: str) -> None:
    with pytest.raises(NotFound):
        read_serial(serial)


def test_there_is_no_pass_of_a_revision_to_come() -> None:
    with pytest.raises(NotFound):
        pass_content(a_ticket(), 1, an_event())
