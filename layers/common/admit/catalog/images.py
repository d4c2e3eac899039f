"""Pictures of an event and its tiers: sent straight to the bucket, shown by an address that lives a minute.

An upload is a form of its own for one object: its name, its type and its size stand in the form's signature.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, NamedTuple, Protocol

from pydantic import Field, StringConstraints

from admit.clock import Instant
from admit.errors import Fault, Invalid
from admit.model import Shape

MOST_BYTES = 5 * 1024 * 1024
_FORM_LIVES = timedelta(minutes=10)

type ImageId = Annotated[str, StringConstraints(pattern=r"^[0-9a-z]{16}$")]


class ImageType(StrEnum):
    """What browsers show and what holds no script."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"


class UploadRequest(Shape):
    content_type: ImageType
    bytes: Annotated[int, Field(ge=1, le=MOST_BYTES)]


class UploadForm(NamedTuple):
    """A form to send as multipart/form-data by POST: `fields` first, then the picture as `file`."""

    url: str
    fields: dict[str, str]


class Upload(Shape):
    """A picture that may be sent to `url` until `expires_at`; `id` is what an event or a tier names."""

    id: str
    url: str
    fields: dict[str, str]
    expires_at: Instant


class Bucket(Protocol):
    def upload_form(
        self, name: str, content_type: str, *, most_bytes: int, lives_seconds: int
    ) -> UploadForm: ...

    def holds(self, name: str) -> bool: ...

    def address(self, name: str) -> str: ...


def image_name(event_id: str, image_id: str) -> str:
    """Name of a picture in the bucket."""
    return f"images/{event_id}/{image_id}"


def begin_upload(
    bucket: Bucket, event_id: str, request: UploadRequest, *, image_id: str, now: datetime
) -> Upload:
    """Open the way for one picture of an event."""
    form = bucket.upload_form(
        image_name(event_id, image_id),
        request.content_type,
        most_bytes=request.bytes,
        lives_seconds=int(_FORM_LIVES.total_seconds()),
    )
    return Upload(id=image_id, url=form.url, fields=form.fields, expires_at=now + _FORM_LIVES)


def require_images(bucket: Bucket, event_id: str, image_ids: Sequence[str], field: str) -> None:
    """Raise Invalid that names each picture in `field` that was not uploaded for this event."""
    faults = [
        Fault(f"{field}[{at}]", "is not an uploaded picture of this event")
        for at, image_id in enumerate(image_ids)
        if not bucket.holds(image_name(event_id, image_id))
    ]
    if faults:
        raise Invalid(faults=faults)
