"""Pictures on their way to the bucket: a form is for one picture of one type and size."""

import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws
from pydantic import ValidationError

from admit.aws.bucket import S3Bucket
from admit.catalog.images import UploadRequest, begin_upload, image_name, require_images
from admit.errors import Invalid
from tests.builders import NOW, later

NAME = image_name("event-1", "0123456789abcdef")
LARGEST = 5 * 1024 * 1024


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Bucket]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    signed = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    with mock_aws():
        client = boto3.client("s3", region_name="eu-north-1", config=signed)
        client.create_bucket(
            Bucket="pictures", CreateBucketConfiguration={"LocationConstraint": "eu-north-1"}
        )
        yield S3Bucket(client, "pictures")


def a_request(**overrides: Any) -> UploadRequest:
    return UploadRequest.model_validate({"content_type": "image/png", "bytes": 1000} | overrides)


def test_a_form_is_signed_for_one_name_one_type_and_one_size(bucket: S3Bucket) -> None:
    upload = begin_upload(bucket, "event-1", a_request(), image_id="0123456789abcdef", now=NOW)

    policy = json.loads(b64decode(upload.fields["policy"]))
    conditions = [dict(one) for one in policy["conditions"] if isinstance(one, dict)]
    assert {"key": NAME} in conditions
    assert {"Content-Type": "image/png"} in conditions
    assert {"bucket": "pictures"} in conditions
    assert ["content-length-range", 1, 1000] in policy["conditions"]
    assert (upload.fields["key"], upload.fields["Content-Type"]) == (NAME, "image/png")
    assert (upload.id, upload.expires_at) == ("0123456789abcdef", later(10))
    assert upload.url.startswith("https://pictures.s3.")


@pytest.mark.parametrize(
    "fault",
    [
        {"content_type": "image/svg+xml"},
        {"content_type": "text/html"},
        {"bytes": 0},
        {"bytes": LARGEST + 1},
        {"name": "../x"},
    ],
)
def test_what_is_no_picture_of_a_usual_size_gets_no_form(fault: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        a_request(**fault)
    assert a_request(bytes=LARGEST).bytes == LARGEST


def test_a_bucket_knows_what_it_holds(bucket: S3Bucket) -> None:
    assert not bucket.holds(NAME)
    bucket.store(NAME, b"a picture", "image/png")
    assert bucket.holds(NAME)


def test_pictures_that_were_not_uploaded_for_the_event_are_named(bucket: S3Bucket) -> None:
    bucket.store(NAME, b"a picture", "image/png")
    require_images(bucket, "event-1", ["0123456789abcdef"], "photos")

    with pytest.raises(Invalid) as refused:
        require_images(bucket, "event-1", ["0123456789abcdef", "missing"], "photos")
    assert [fault.field for fault in refused.value.faults] == ["photos[1]"]
    with pytest.raises(Invalid):
        require_images(bucket, "event-2", ["0123456789abcdef"], "photos")
