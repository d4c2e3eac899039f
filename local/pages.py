"""Publish the pages to the site bucket."""

import json
import mimetypes
from pathlib import Path

from local.stack import STAGE, Stack

BUILT = Path("web/build")


def publish(stack: Stack) -> None:
    """Upload the built pages and their configuration."""
    bucket = {"Bucket": stack.outputs["SiteBucketName"]}
    s3 = stack.client("s3")
    files = sorted(file for file in BUILT.rglob("*") if file.is_file())
    for file in files:
        key = file.relative_to(BUILT).as_posix()
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        cache = "public, max-age=31536000, immutable" if "/immutable/" in key else "no-cache"
        s3.put_object(**bucket, Key=key, Body=file.read_bytes(), ContentType=kind, CacheControl=cache)
    configuration = {
        "site_url": stack.site_url,
        "api_url": stack.api_url,
        "cognito_url": stack.cloud_url,
        "sign_in_url": stack.cloud_url,
        "user_pool_client_id": stack.outputs["UserPoolClientId"],
        "stage": STAGE,
    }
    s3.put_object(
        **bucket,
        Key="config.json",
        Body=json.dumps(configuration).encode(),
        ContentType="application/json",
        CacheControl="no-cache",
    )
