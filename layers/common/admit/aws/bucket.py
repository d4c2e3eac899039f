"""The private bucket of pictures."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from admit.catalog.images import UploadForm

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ADDRESS_LIVES = 60
_CACHED = "private, max-age=3600"
# S3 answers 403 for what is not there to whoever may not list the bucket.
_NOT_THERE = (403, 404)


class S3Bucket:
    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self._name = name

    def store(self, name: str, content: bytes, content_type: str) -> None:
        self._client.put_object(
            Bucket=self._name,
            Key=name,
            Body=content,
            ContentType=content_type,
            CacheControl=_CACHED,
        )

    def read(self, name: str) -> bytes | None:
        """Return the content of an object, None where there is none of this name."""
        try:
            return self._client.get_object(Bucket=self._name, Key=name)["Body"].read()
        except ClientError as exc:
            if exc.response["ResponseMetadata"]["HTTPStatusCode"] in _NOT_THERE:
                return None
            raise

    def address(self, name: str) -> str:
        """Return an address of an object that lives a minute; it is answered to be followed, never kept."""
        return self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._name, "Key": name}, ExpiresIn=_ADDRESS_LIVES
        )

    def upload_form(self, name: str, content_type: str, *, most_bytes: int, lives_seconds: int) -> UploadForm:
        """Return the form that stores one object under this name, of this type and of this size at most."""
        fixed = {"Content-Type": content_type, "Cache-Control": _CACHED}
        form = self._client.generate_presigned_post(
            self._name,
            name,
            Fields=dict(fixed),
            Conditions=[
                *({field: value} for field, value in fixed.items()),
                ["content-length-range", 1, most_bytes],
            ],
            ExpiresIn=lives_seconds,
        )
        return UploadForm(form["url"], form["fields"])

    def holds(self, name: str) -> bool:
        """Say whether there is an object of this name."""
        try:
            self._client.head_object(Bucket=self._name, Key=name)
        except ClientError as exc:
            if exc.response["ResponseMetadata"]["HTTPStatusCode"] in _NOT_THERE:
                return False
            raise
        return True
