"""The settings of a server: secrets from files, and what follows from each variable."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.files import ROOT

NEEDED = {
    "SECRET_KEY": "of-the-tests-only",
    "BASE_URL": "https://traject.example",
    "ALLOWED_HOSTS": "traject.example",
    "EMAIL_URL": "smtp://127.0.0.1:1",
    "DATABASE_URL": "postgresql://traject@postgres/traject",
    "REDIS_URL": "redis://redis:6379/0",
}
TELL = """
import json
from django.conf import settings
names = ["SECRET_KEY", "DATABASES", "REDIS_URL", "CELERY_BROKER_URL", "SECURE_PROXY_SSL_HEADER",
         "ALLAUTH_TRUSTED_PROXY_COUNT", "SECURE_HSTS_SECONDS", "SECURE_SSL_REDIRECT"]
print(json.dumps({name: getattr(settings, name) for name in names}))
"""


def _start(**environment: str) -> subprocess.CompletedProcess[str]:
    given = {"DJANGO_SETTINGS_MODULE": "config.settings", **environment}
    words = [sys.executable, "-c", TELL]
    return subprocess.run(words, cwd=ROOT, env=given, capture_output=True, text=True, check=False)


def _settings(**environment: str) -> dict[str, Any]:
    started = _start(**NEEDED | environment)
    assert started.returncode == 0, started.stderr
    settings: dict[str, Any] = json.loads(started.stdout)
    return settings


def test_a_secret_is_read_from_the_file_that_is_named(tmp_path: Path) -> None:
    for name, text in {"key": "from a file\n", "password": "p@ss/word:1\n"}.items():
        (tmp_path / name).write_text(text)
    settings = _settings(
        SECRET_KEY_FILE=f"{tmp_path}/key",
        DATABASE_PASSWORD_FILE=f"{tmp_path}/password",
        REDIS_PASSWORD_FILE=f"{tmp_path}/password",
    )
    assert settings["SECRET_KEY"] == "from a file"
    assert settings["DATABASES"]["default"]["PASSWORD"] == "p@ss/word:1"
    assert settings["REDIS_URL"] == "redis://:p%40ss%2Fword%3A1@redis:6379/0"
    assert settings["CELERY_BROKER_URL"] == settings["REDIS_URL"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    refused = _start(**NEEDED | {"SECRET_KEY_FILE": f"{tmp_path}/none"})
    assert refused.returncode != 0
    assert "SECRET_KEY_FILE must be a readable file path" in refused.stderr


def test_an_address_of_no_storage_is_named() -> None:
    refused = _start(**NEEDED | {"FILES_URL": "ftp://files"})
    assert refused.returncode != 0
    assert "FILES_URL must be like file:///" in refused.stderr


@pytest.mark.parametrize(
    ("count", "header"),
    [("0", None), ("1", ["HTTP_X_FORWARDED_PROTO", "https"]), ("2", ["HTTP_X_FORWARDED_PROTO", "https"])],
)
def test_a_proxy_is_believed_only_where_there_is_one(count: str, header: list[str] | None) -> None:
    settings = _settings(PROXY_COUNT=count)
    assert settings["SECURE_PROXY_SSL_HEADER"] == header
    assert settings["ALLAUTH_TRUSTED_PROXY_COUNT"] == int(count)
    assert settings["SECURE_SSL_REDIRECT"] is True
    assert settings["SECURE_HSTS_SECONDS"] == 31_536_000


def test_a_connection_gives_up_in_time_and_says_whose_it_is() -> None:
    settings = _settings(
        APPLICATION_NAME="traject-migrate", DATABASE_LOCK_TIMEOUT="5", DATABASE_STATEMENT_TIMEOUT="0"
    )
    options = settings["DATABASES"]["default"]["OPTIONS"]
    assert options == {
        "application_name": "traject-migrate",
        "connect_timeout": 5,
        "tcp_user_timeout": 20_000,
        "options": "-c lock_timeout=5s -c statement_timeout=0s -c idle_in_transaction_session_timeout=60s",
    }


def test_only_a_process_that_is_told_keeps_a_pool() -> None:
    pooled = _settings(DATABASE_POOL="4")["DATABASES"]["default"]
    assert pooled["OPTIONS"]["pool"] == {"min_size": 1, "max_size": 4, "timeout": 10}
    assert pooled["CONN_MAX_AGE"] == 0
    assert "pool" not in _settings()["DATABASES"]["default"]["OPTIONS"]
