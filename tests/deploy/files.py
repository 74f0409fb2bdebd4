"""What docker-compose.yml, Dockerfile, Caddyfile and settings say, as plain data."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import yaml

from scripts.replay_dockerfile import Step, steps

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
# Those that run the platform's own code.
OWN = {name: service for name, service in SERVICES.items() if service.get("build", {}).get("target") == "app"}
CADDYFILE = (ROOT / "deploy" / "Caddyfile").read_text()
STEPS: list[Step] = steps(ROOT / "Dockerfile")


def of_stage(stage: str, instruction: str) -> list[str]:
    return [step.value for step in STEPS if step.stage == stage and step.instruction == instruction]


def image_command() -> list[str]:
    command: list[str] = json.loads(of_stage("app", "CMD")[-1])
    return command


def image_health_check() -> list[str]:
    _, _, command = of_stage("app", "HEALTHCHECK")[-1].partition("CMD ")
    program: list[str] = json.loads(command)
    return program


def command(name: str) -> list[str]:
    """What a service of our own runs: its own command, else that of the image."""
    return SERVICES[name].get("command") or image_command()


def health_check(name: str) -> list[str] | None:
    """As compose writes it (CMD or CMD-SHELL first); None for a service that has none."""
    stated = SERVICES[name].get("healthcheck")
    if stated is None:
        return ["CMD", *image_health_check()] if name in OWN else None
    return None if stated.get("disable") else stated["test"]


def settings_variables() -> dict[str, str | None]:
    """What config/settings.py reads: each variable with the source of its default, None if it is needed."""
    tree = ast.parse((ROOT / "config" / "settings.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        str(call.args[0].value): ast.unparse(call.args[1]) if len(call.args) > 1 else None
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and isinstance(call.args[0], ast.Constant)
    }


def interpolated(text: str) -> set[str]:
    """The names that compose fills in from .env."""
    return set(re.findall(r"(?<!\$)\$\{(\w+)", text))
