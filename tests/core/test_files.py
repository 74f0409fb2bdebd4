"""Files lie where FILES_URL says, and only views hand them out."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from certificates.models import Certificate
from core.files import storage_at
from demo.engines import free_port
from people.models import User
from tests.certificates.helpers import certify
from tests.factories import make_employee
from tests.waiting import eventually


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """A server of its own that speaks S3 (moto's), with a bucket; its address as host and port."""
    address = f"127.0.0.1:{free_port()}"
    command = [str(Path(sys.executable).with_name("moto_server")), "-p", address.partition(":")[2]]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            eventually(lambda: _answers(address), "the S3 server never answered")
            _client(address).create_bucket(Bucket="traject")
            yield address
        finally:
            process.terminate()


def _answers(address: str) -> bool:
    try:
        return requests.get(f"http://{address}/moto-api/", timeout=1).ok
    except requests.ConnectionError:
        return False


def _client(address: str) -> Any:
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "se/cret", "region_name": "us-east-1"}
    return boto3.client("s3", endpoint_url=f"http://{address}", **keys)


@pytest.fixture
def _files_in_s3(s3_server: str, settings: Settings) -> None:
    url = f"s3://key:se%2Fcret@{s3_server}/traject/files?region=us-east-1&tls=false"
    settings.STORAGES = settings.STORAGES | {"default": storage_at(url)}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/var/files",
        "file://server/share",
        "file:relative",
        "s3://s3.example/bucket",
        "s3://key:secret@s3.example",
        "https://s3.example/bucket",
    ],
)
def test_an_address_that_names_no_storage_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^FILES_URL must be like file:///"):
        storage_at(url)


def test_an_address_of_a_bucket_is_read_whole() -> None:
    options = storage_at("s3://key:a%2Fb@s3.example:9000/traject/a/b?region=be")["OPTIONS"]
    assert options == {
        "endpoint_url": "https://s3.example:9000",
        "access_key": "key",
        "secret_key": "a/b",
        "bucket_name": "traject",
        "location": "a/b",
        "region_name": "be",
    }


def test_a_file_on_disk_is_its_owner_s_alone(tmp_path: Path) -> None:
    name = default_storage.save("certificates/2026/11/a.pdf", ContentFile(b"%PDF"))
    path = tmp_path / name
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.usefixtures("_files_in_s3")
@pytest.mark.django_db(transaction=True)
def test_a_certificate_in_a_bucket_reaches_its_holder_alone(
    sign_in: Callable[[User], Client], s3_server: str
) -> None:
    certificate: Certificate = certify()
    path = reverse("certificates:download", args=[certificate.public_id])

    answer = sign_in(certificate.holder).get(path)
    content = b"".join(answer)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert content.startswith(b"%PDF")
    assert sign_in(make_employee()).get(path).status_code == 404

    key = f"files/{certificate.file.name}"
    stored = _client(s3_server).get_object(Bucket="traject", Key=key)["Body"].read()
    assert stored == content
    grants = _client(s3_server).get_object_acl(Bucket="traject", Key=key)["Grants"]
    assert {grant["Grantee"]["Type"] for grant in grants} == {"CanonicalUser"}
    assert {grant["Permission"] for grant in grants} == {"FULL_CONTROL"}


@pytest.mark.usefixtures("_files_in_s3")
def test_a_bucket_gives_no_address_and_overwrites_nothing() -> None:
    first = default_storage.save("a.txt", ContentFile(b"first"))
    second = default_storage.save("a.txt", ContentFile(b"second"))
    assert first != second
    with default_storage.open(first) as file:
        assert file.read() == b"first"
    with pytest.raises(NotImplementedError):
        default_storage.url(first)
    default_storage.delete(first)
    assert not default_storage.exists(first)
