"""Builds and runs the image of the Dockerfile on a machine where no container engine runs.

    python -m scripts.replay_dockerfile build FOLDER
    python -m scripts.replay_dockerfile run [--env NAME=VALUE] [--volume FOLDER:PATH] FOLDER COMMAND …

Each stage is a layer of files (overlayfs) over this machine's own system, entered with chroot in a mount
namespace of its own; this machine's Python lies at /usr/local, as in the image. So the steps that install,
copy, compile and collect are really taken, and the result really runs: as the image's user, without any
capability, on a system that can't be written. Two things are not shown: that the base image exists, and what
it lacks that this machine has. Debian packages are looked up instead of installed. It needs root and Linux.
"""

import argparse
import fnmatch
import json
import os
import re
import shlex
import shutil
import string
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = ROOT / "Dockerfile"
# What a build in a container would inherit from its engine, so that package registries are reached.
PASSED_ON = ("PIP_", "UV_", "SSL_", "http_proxy", "https_proxy", "no_proxy")


class ReplayError(Exception):
    """A step that can't be taken, and why."""


# -- The Dockerfile --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    stage: str
    instruction: str
    value: str


def steps(dockerfile: Path = DOCKERFILE) -> list[Step]:
    """The instructions, each with the name of its stage."""
    lines = [line for line in dockerfile.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found: list[Step] = []
    stage = ""
    for line in filter(None, joined.splitlines()):
        instruction, _, value = line.partition(" ")
        if instruction == "FROM":
            stage = value.rpartition(" AS ")[2]
        found.append(Step(stage, instruction, value.strip()))
    return found


def context(root: Path = ROOT) -> list[Path]:
    """The files that .dockerignore lets in, relative to the root.

    Raises ReplayError for a pattern other than `*`, `!name` and `**/name`.
    """
    patterns = [line for line in (root / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    let_in = [pattern[1:].rstrip("/") for pattern in patterns if pattern.startswith("!")]
    kept_out = [pattern[3:] for pattern in patterns if pattern.startswith("**/")]
    if unknown := [p for p in patterns if p != "*" and not p.startswith(("!", "**/"))]:
        raise ReplayError(f".dockerignore: what does {unknown[0]} mean?")
    files: list[Path] = []
    for name in let_in:
        path = root / name
        if not path.exists():
            raise ReplayError(f".dockerignore lets in {name}, which isn't there.")
        files += [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    relative = [path.relative_to(root) for path in files]
    return [path for path in relative if not any(fnmatch.fnmatch(p, k) for p in path.parts for k in kept_out)]


# -- Stages and images -----------------------------------------------------------------------------


@dataclass
class Image:
    """What a stage has come to so far; `layers` are folders, the newest first."""

    layers: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(
        default_factory=lambda: {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin"}
    )
    folder: str = "/"
    user: str = "0:0"


class Build:
    """Takes the steps one by one; only within a mount namespace of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.images: dict[str, Image] = {}

    def run(self) -> None:
        """Leaves the last stage in the folder, as image.json and layers."""
        wanted = needed_stages(steps())
        for step in steps():
            if step.stage in wanted:
                print(f"{step.stage:6} {step.instruction} {step.value}", flush=True)
                getattr(self, f"_{step.instruction.lower()}")(step)
        last = self.images[steps()[-1].stage]
        (self.folder / "image.json").write_text(json.dumps(asdict(last), indent=2))

    def _from(self, step: Step) -> None:
        parent = self.images.get(step.value.partition(" ")[0], Image())
        layer = self.folder / "layers" / step.stage
        image = Image([str(layer), *parent.layers], dict(parent.environment), parent.folder, parent.user)
        self.images[step.stage] = image
        mount(image.layers, self._root(step), work=self.folder / "work" / step.stage)
        if official := re.match(r"python:(\d+\.\d+)", step.value):
            provide_python(self._root(step) / "usr" / "local", official[1])
        # The libraries of the Python at /usr/local are found before those of Debian's.
        within = ["chroot", str(self._root(step))]
        subprocess.run([*within, "ldconfig"], check=True)
        if official:
            subprocess.run([*within, "python", "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
        if (downloads := Path.home() / ".cache").exists():
            (self._root(step) / "root" / ".cache").mkdir(exist_ok=True)
            _mount("--bind", str(downloads), str(self._root(step) / "root" / ".cache"))

    def _root(self, step: Step) -> Path:
        return self.folder / "roots" / step.stage

    def _env(self, step: Step) -> None:
        image = self.images[step.stage]
        for pair in shlex.split(step.value):
            name, _, value = pair.partition("=")
            image.environment[name] = string.Template(value).substitute(image.environment)

    def _workdir(self, step: Step) -> None:
        self.images[step.stage].folder = step.value
        (self._root(step) / step.value.lstrip("/")).mkdir(parents=True, exist_ok=True)

    def _user(self, step: Step) -> None:
        self.images[step.stage].user = step.value

    def _run(self, step: Step) -> None:
        if packages := debian_packages(step.value):
            missing = [package for package in packages if not is_installed(package)]
            if missing:
                raise ReplayError(f"The image has Debian packages that are missing here: {' '.join(missing)}")
            return
        image = self.images[step.stage]
        inherited = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
        command = enter(image, self._root(step), ["/bin/sh", "-ec", step.value])
        environment = {"HOME": "/root"} | inherited | image.environment
        if code := subprocess.run(command, env=environment, stdin=subprocess.DEVNULL).returncode:
            raise ReplayError(f"This step ended with {code}: {step.value}")

    def _copy(self, step: Step) -> None:
        *sources, target = step.value.split()
        root = self._root(step)
        if sources[0].startswith("--from="):
            origin = self.folder / "roots" / sources.pop(0).removeprefix("--from=")
            place = root / target.lstrip("/")
            shutil.copytree(origin / sources[0].lstrip("/"), place, symlinks=True, dirs_exist_ok=True)
            return
        place = root / self.images[step.stage].folder.lstrip("/")
        wanted = context() if sources == ["."] else [Path(source) for source in sources]
        if left_out := set(wanted) - set(context()):
            raise ReplayError(f".dockerignore keeps out what is copied: {sorted(left_out)}")
        for path in wanted:
            copy = place / path if sources == ["."] else place / target / path.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, copy)

    def _note(self, step: Step) -> None:
        """Of use to whoever starts the image."""

    _cmd = _expose = _healthcheck = _note


def provide_python(place: Path, version: str) -> None:
    """Puts a Python where the official image has its own, unless there is one. Raises ReplayError."""
    if (place / "bin" / "python").exists():
        return
    origin, name = own_python(version), f"python{version}"
    nothing_more = shutil.ignore_patterns("site-packages", "test", "__pycache__")
    shutil.copytree(origin / "lib" / name, place / "lib" / name, ignore=nothing_more, dirs_exist_ok=True)
    for library in origin.glob("lib/libpython*.so*"):
        shutil.copy2(library, place / "lib", follow_symlinks=False)
    shutil.copy2(origin / "bin" / name, place / "bin")
    for short in ("python", "python3"):
        (place / "bin" / short).symlink_to(name)


def own_python(version: str) -> Path:
    """Where a Python of the version lies that is not the system's: pip may not touch that one."""
    for folder in os.get_exec_path():
        if not (candidate := Path(folder) / f"python{version}").exists():
            continue
        command = [str(candidate), "-c", "import sys; print(sys.base_prefix)"]
        asked = subprocess.run(command, capture_output=True, text=True)
        prefix = Path(asked.stdout.strip())
        managed = prefix / "lib" / f"python{version}" / "EXTERNALLY-MANAGED"
        if asked.returncode == 0 and not managed.exists():
            return prefix
    raise ReplayError(f"The image has a Python {version} of its own; here is only that of the system.")


def needed_stages(taken: list[Step]) -> set[str]:
    """The last stage and those that it is made from."""
    needed = {taken[-1].stage}
    for step in reversed(taken):
        if step.stage in needed:
            needed |= set(re.findall(r"^--from=(\S+)", step.value))
            needed |= {step.value.partition(" ")[0]} if step.instruction == "FROM" else set()
    return needed & {step.stage for step in taken}


def debian_packages(command: str) -> list[str]:
    """What a step installs with apt-get; nothing for a step that does something else."""
    found = re.search(r"apt-get install (.*?)(?:&&|$)", command)
    return [word for word in found[1].split() if not word.startswith("-")] if found else []


def is_installed(package: str) -> bool:
    status = subprocess.run(["dpkg", "--status", package], stdout=subprocess.PIPE, text=True)
    return "ok installed" in status.stdout


# -- Roots -----------------------------------------------------------------------------------------

# What a root consists of, and what of this machine lies below its layers. A Python that isn't Debian's own
# goes where the image has it.
PYTHON = [] if sys.base_prefix == "/usr" else [sys.base_prefix]
PARTS: dict[str, list[str]] = {
    "usr": ["/usr"],
    "usr/local": [*PYTHON, "/usr/local"],
    "etc": ["/etc"],
    "var": ["/var"],
    "opt": [],
    "app": [],
    "root": [],
}
TMPFS = ["-t", "tmpfs", "-o", "mode=1777", "tmpfs"]


def mount(layers: list[str], root: Path, *, work: Path | None = None) -> None:
    """This machine's system with the layers over it; with a folder for work the newest can be written."""
    root.mkdir(parents=True)
    for link in ("bin", "sbin", "lib", "lib64"):
        if Path("/", link).is_symlink():
            (root / link).symlink_to(os.readlink(f"/{link}"))
    for part, systems in PARTS.items():
        overlay([Path(layer, part.replace("/", "-")) for layer in layers], systems, root / part, work)
    for name, *options in (
        ("proc", "--rbind", "/proc"),
        ("dev", "--rbind", "/dev"),
        ("tmp", *TMPFS),
        ("run", *TMPFS),
    ):
        (root / name).mkdir()
        _mount(*options, str(root / name))


def overlay(folders: list[Path], systems: list[str], target: Path, work: Path | None) -> None:
    for folder in (target, *folders):
        folder.mkdir(parents=True, exist_ok=True)
    # Where nothing lies below: it wants two at least.
    lowest = systems or [tempfile.mkdtemp(dir=folders[-1].parent)]
    if work is None:
        options = f"lowerdir={':'.join([*map(str, folders), *lowest])}"
    else:
        own_work = work / folders[0].name
        own_work.mkdir(parents=True)
        below = ":".join([*map(str, folders[1:]), *lowest])
        options = f"lowerdir={below},upperdir={folders[0]},workdir={own_work}"
    _mount("-t", "overlay", "overlay", "-o", options, str(target))


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def enter(image: Image, root: Path, command: list[str], *options: str) -> list[str]:
    uid, _, gid = image.user.partition(":")
    identity = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", *options]
    inside = ["sh", "-c", 'cd "$0" && exec "$@"', image.folder, *command]
    return ["chroot", str(root), *identity, *inside]


# -- Commands --------------------------------------------------------------------------------------


def build(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    Build(folder).run()


def run(folder: Path, given: list[str], volumes: list[str], command: list[str]) -> None:
    """Becomes the command, as a container would: the image's user, no capability, nothing to write on."""
    image = Image(**json.loads((folder / "image.json").read_text()))
    root = folder / "run" / str(os.getpid())
    mount(image.layers, root)
    for volume in volumes:
        source, _, target = volume.partition(":")
        place = root / target.lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        _mount("--bind", source, str(place))
    environment = image.environment | dict(pair.split("=", 1) for pair in given)
    shut_in = ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
    words = enter(image, root, command, *shut_in)
    os.execvpe(words[0], words, environment)  # noqa: S606


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.replay_dockerfile", description=__doc__)
    parser.add_argument("action", choices=["build", "run"])
    parser.add_argument("folder", type=lambda text: Path(text).resolve())
    parser.add_argument("--env", action="append", default=[])
    parser.add_argument("--volume", action="append", default=[])
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    if os.environ.get("REPLAY_NAMESPACE") != "own":
        again = [
            "unshare",
            "--mount",
            "--propagation=private",
            sys.executable,
            "-m",
            "scripts.replay_dockerfile",
        ]
        os.environ["REPLAY_NAMESPACE"] = "own"
        os.execvp(again[0], [*again, *sys.argv[1:]])  # noqa: S606
    try:
        if arguments.action == "build":
            build(arguments.folder)
        else:
            run(arguments.folder, arguments.env, arguments.volume, arguments.command)
    except ReplayError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
