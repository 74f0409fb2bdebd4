"""Files in S3-compatible storage; imported only where FILES_URL asks for it, for boto3 is large."""

from typing import Any, NoReturn

from botocore.config import Config
from storages.backends.s3 import S3Storage


class PrivateS3Storage(S3Storage):
    """Objects that only this platform reads, under names that are never used again."""

    def get_default_settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = super().get_default_settings()
        return settings | {
            # Private without a header: many buckets refuse any word on who may read.
            "default_acl": None,
            "file_overwrite": False,
            "client_config": Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                connect_timeout=3,
                read_timeout=20,
                retries={"mode": "standard", "total_max_attempts": 2},
            ),
        }

    def url(self, name: str, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: an address of the file, even a signed one, would pass by the view that checks who asks."""
        raise NotImplementedError("Files are handed out by views only.")
