"""The demo, which signs anybody in, cannot be switched on where others can reach it."""

import os
import subprocess
import sys

import pytest

from demo import engines

PUBLIC = {
    "SECRET_KEY": "of-the-tests-only",
    "BASE_URL": "https://traject.example",
    "ALLOWED_HOSTS": "traject.example",
    "EMAIL_URL": "smtp://127.0.0.1:1",
    "DATABASE_URL": "postgres://nowhere/none",
    "REDIS_URL": "redis://nowhere",
}
INSTALLED = "from django.conf import settings; print(*settings.INSTALLED_APPS, *settings.ALLOWED_HOSTS)"


def _settings(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", INSTALLED],
        cwd=engines.CLONE,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("hosts", ["traject.example", "localhost,traject.example", "*", ".localhost"])
def test_demo_is_refused_where_a_host_is_not_this_machine(hosts: str) -> None:
    refused = _settings(**PUBLIC | {"DEMO": "true", "ALLOWED_HOSTS": hosts})

    assert refused.returncode != 0
    assert "DEMO=true signs anybody in without a password" in refused.stderr


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_error_pages_that_tell_all_are_refused_where_a_host_is_not_this_machine(scheme: str) -> None:
    refused = _settings(**PUBLIC | {"DEBUG": "true", "BASE_URL": f"{scheme}://traject.example"})

    assert refused.returncode != 0
    assert "DEBUG=true shows settings and data" in refused.stderr


def test_demo_runs_on_this_machine() -> None:
    allowed = _settings(
        **PUBLIC | {"DEMO": "true", "BASE_URL": "http://localhost", "ALLOWED_HOSTS": "localhost"}
    )

    assert "demo" in allowed.stdout.split()


def test_without_it_nothing_of_the_demo_is_installed() -> None:
    production = _settings(**PUBLIC)

    assert production.returncode == 0
    assert "portal" in production.stdout.split()
    assert "demo" not in production.stdout.split()


def test_demo_is_refused_behind_a_public_address() -> None:
    refused = _settings(**PUBLIC | {"DEMO": "true", "ALLOWED_HOSTS": "localhost"})

    assert refused.returncode != 0
    assert "DEMO=true signs anybody in without a password" in refused.stderr
