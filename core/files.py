"""Where uploaded and generated files lie: in a folder, or in S3-compatible storage."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

EXAMPLES = "file:///var/lib/traject/files or s3://key:secret@s3.example/bucket?region=eu-west-1"


def storage_at(url: str) -> dict[str, Any]:
    """Django's storage for an address; raises ImproperlyConfigured for one that names none.

    In `s3://key:secret@host/bucket/folder?region=…` the folder is optional, and so is the region; `tls=false`
    is for a server on one's own machine.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path.startswith("/") and not parts.netloc:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {
                "location": Path(unquote(parts.path)),
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        }
    bucket, _, folder = parts.path.strip("/").partition("/")
    if parts.scheme != "s3" or not (parts.hostname and parts.username and parts.password and bucket):
        raise ImproperlyConfigured(f"FILES_URL must be like {EXAMPLES}.")
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    scheme = "http" if query.get("tls") == "false" else "https"
    return {
        "BACKEND": "core.s3.PrivateS3Storage",
        "OPTIONS": {
            "endpoint_url": f"{scheme}://{parts.netloc.rpartition('@')[2]}",
            "access_key": unquote(parts.username),
            "secret_key": unquote(parts.password),
            "bucket_name": bucket,
            "location": folder,
            "region_name": query.get("region"),
        },
    }
