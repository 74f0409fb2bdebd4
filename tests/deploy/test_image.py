"""The image that the Dockerfile makes, made and run on this machine without a container engine."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo import engines
from demo.processes import Child
from tests.deploy.files import ROOT, command, image_health_check
from tests.deploy.production import Production
from tests.waiting import eventually

pytestmark = [
    pytest.mark.prove,
    pytest.mark.skipif(
        os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root, to mount and chroot"
    ),
]

REPLAY = [sys.executable, "-m", "scripts.replay_dockerfile"]
CERTIFICATE = """
import django; django.setup()
from certificates.pdf import render
parts = dict(code="AAAA", language="fr", name="Élodie", title="HPM", first_day="2026-11-20", minutes=480,
             completed_on="2026-11-20", provider="Dossin", city="Mechelen", parts=[], valid_until=None,
             issued_on="2026-11-21")
print(render(parts)[:5].decode())
"""


class Image:
    """What the replay built, and a production to run it in."""

    def __init__(self, folder: Path, production: Production) -> None:
        self.folder = folder
        self.production = production
        volumes = production.folder / "volumes"
        for name in ("files", "beat"):
            os.chown(volumes / name, 10001, 10001)
        (production.folder / "secrets" / "files_url").write_text("file:///var/lib/traject/files")
        self.mounts = [f"--volume={volumes}/{name}:/var/lib/traject/{name}" for name in ("files", "beat")]
        self.mounts.append(f"--volume={production.folder}/secrets:/run/secrets")

    def words(self, service: str, *inside: str) -> list[str]:
        """Like `docker compose run`, with the variables, secrets and volumes of a service."""
        given = [f"--env={name}={value}" for name, value in self.production.variables(service).items()]
        words = [self.production.here(word) for word in inside]
        return [*REPLAY, "run", *given, *self.mounts, str(self.folder), *words]

    def run(self, *inside: str, service: str = "web") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.words(service, *inside), cwd=ROOT, capture_output=True, text=True, check=False
        )

    def start(self, service: str) -> Child:
        with self.production.log(service).open("w") as log:
            words = self.words(service, *command(service))
            return self.production.children.start(service, words, output=log, cwd=ROOT)


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    with tempfile.TemporaryDirectory(prefix="traject-image-", dir=engines.SHORT_TEMPORARY) as folder:
        Path(folder).chmod(0o711)
        production = Production(Path(folder))
        subprocess.run([*REPLAY, "build", f"{folder}/image"], cwd=ROOT, check=True)
        made = Image(Path(folder, "image"), production)
        try:
            production.start_engines()
            migrated = made.run(*command("migrate"), service="migrate")
            assert migrated.returncode == 0, migrated.stdout + migrated.stderr
            made.start("web")
            production.start_proxy()
            eventually(lambda: made.run(*image_health_check()).returncode == 0, "never healthy")
            yield made
        finally:
            production.children.stop()


def test_it_runs_as_somebody_without_rights(image: Image) -> None:
    told = image.run(
        "sh", "-c", "id -u; grep CapBnd /proc/self/status; touch /app/x /opt/venv/x; touch /tmp/x"
    )
    assert told.stdout.split() == ["10001", "CapBnd:", "0000000000000000"]
    assert told.stderr.count("Read-only file system") == 2


@pytest.mark.parametrize("module", ["pip", "setuptools", "demo", "tests", "pytest"])
def test_what_only_builds_or_tries_is_not_in_it(image: Image, module: str) -> None:
    assert f"No module named '{module}'" in image.run("python", "-c", f"import {module}").stderr


def test_it_draws_a_certificate(image: Image) -> None:
    drawn = image.run("python", "-c", CERTIFICATE)
    assert drawn.stdout.strip() == "%PDF-", drawn.stderr


def test_its_settings_pass_the_checks_for_production(image: Image) -> None:
    checked = image.run("python", "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert checked.returncode == 0, checked.stderr


def test_it_speaks_the_languages_of_its_people(image: Image) -> None:
    page = image.production.ask("/account/login/", {"Accept-Language": "de"}).body.decode()
    assert 'lang="de"' in page
    assert "Barrierefreiheit" in page


def test_static_files_are_kept_for_ever_and_come_compressed(image: Image) -> None:
    page = image.production.ask("/account/login/").body.decode()
    [style, *_] = re.findall(r'href="(/static/css/[^"]+\.css)"', page)
    [font] = re.findall(r'href="(/static/fonts/plex-sans\.[0-9a-f]+\.woff2)"', page)
    for path, encoding in ((style, "br"), (font, None)):
        answer = image.production.ask(path, {"Accept-Encoding": "gzip, br"})
        assert answer.status == 200
        assert re.search(r"\.[0-9a-f]{12}\.", path)
        assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
        assert answer.headers["Content-Encoding"] == encoding


def test_its_worker_and_its_beat_run_in_it(image: Image) -> None:
    image.start("worker-certificates")
    image.start("beat")
    ready = image.production.log("worker-certificates")
    eventually(lambda: " ready." in ready.read_text(), "the worker never became ready")
    schedule = image.production.folder / "volumes" / "beat"
    eventually(lambda: [*schedule.glob("schedule*")], "beat wrote no schedule")
