"""The private bucket of pictures."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ADDRESS_LIVES = 60


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
            CacheControl="private, max-age=3600",
        )

    def address(self, name: str) -> str:
        """Return an address of an object that lives a minute; it is answered to be followed, never kept."""
        return self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._name, "Key": name}, ExpiresIn=_ADDRESS_LIVES
        )
