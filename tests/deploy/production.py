"""docker-compose.yml as processes of this machine: the same commands, variables, secrets and engines."""

import http.client
import os
import re
import shlex
import socket
import ssl
import subprocess
import sys
from contextlib import closing
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg

from demo import engines
from demo.processes import Child, Children
from tests.deploy.files import CADDYFILE, OWN, ROOT, SERVICES, command, health_check, of_stage
from tests.waiting import eventually

HOST = "traject.example"
IN_ENV = {
    "TRAJECT_HOST": HOST,
    "TRAJECT_TLS": "internal",
    "DEFAULT_FROM_EMAIL": f"Traject <no-reply@{HOST}>",
}
SECRETS = {
    "secret_key": "of-this-test-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    "postgres_password": "of the superuser",
    "database_password": "p@ss/word:'1'",
    "redis_password": "r3d/is@",
    "email_url": "smtp://127.0.0.1:1",
    "files_url": "file:///var/lib/traject/files",
}


class Production:
    """Started part by part; ``folder`` holds secrets, volumes and logs, and everybody may pass through it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.children = Children(folder / "pids")
        self.account = engines.server_account()
        self.ports = {
            name: engines.free_port() for name in ("web", "postgres", "redis", "https", "http", "alive")
        }
        for name in ("static", "secrets", "volumes", "volumes/files", "volumes/beat"):
            (folder / name).mkdir()
        for name, value in SECRETS.items():
            (folder / "secrets" / name).write_text(f"{value}\n")
        (folder / "secrets" / "files_url").write_text((folder / "volumes" / "files").as_uri())

    @classmethod
    def beside(cls, other: "Production", folder: Path) -> "Production":
        """Another web service on the same engines."""
        second = cls(folder)
        second.children = other.children
        second.ports |= {name: other.ports[name] for name in ("postgres", "redis")}
        return second

    # -- What the files say, with the addresses of this machine ------------------------------------

    def here(self, text: str) -> str:
        """With this machine's ports for the names of services."""
        text = re.sub(r"(?<!\$)\$\{(\w+)[^}]*\}", lambda found: IN_ENV.get(found[1], ""), text)
        text = text.replace("postgres:5432", f"127.0.0.1:{self.ports['postgres']}")
        text = text.replace("redis:6379", f"127.0.0.1:{self.ports['redis']}")
        text = text.replace("127.0.0.1:8000", f"127.0.0.1:{self.ports['web']}")
        return text.replace("--port=8000", f"--port={self.ports['web']}").replace("$$", "$")

    def placed(self, text: str) -> str:
        """With this folder for what is mounted, too."""
        text = self.here(text).replace("/run/secrets/", f"{self.folder}/secrets/")
        return text.replace("/var/lib/traject/", f"{self.folder}/volumes/")

    def variables(self, service: str) -> dict[str, str]:
        """The variables of a service, in the words of docker-compose.yml."""
        return {name: self.here(str(value)) for name, value in OWN[service]["environment"].items()}

    def environment(self, service: str) -> dict[str, str]:
        """All that a process of this machine needs; nothing of the tests' own environment."""
        of_image = dict(pair.split("=", 1) for line in of_stage("base", "ENV") for pair in shlex.split(line))
        return {
            **of_image,
            **{name: self.placed(value) for name, value in self.variables(service).items()},
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "HOSTNAME": socket.gethostname(),
            # Nothing is collected, and nobody but root may be here; the replay of the Dockerfile has both.
            "STATICFILES_STORAGE": "django.contrib.staticfiles.storage.StaticFilesStorage",
            "STATIC_ROOT": f"{self.folder}/static",
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
        }

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    # -- Engines -----------------------------------------------------------------------------------

    def start_engines(self) -> None:
        self._start_postgres()
        self._start_redis()

    def _start_postgres(self) -> None:
        programs = engines.postgres_programs(self.account)
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        if self.account.uid is not None and self.account.gid is not None:
            os.chown(data, self.account.uid, self.account.gid)
        service = SERVICES["postgres"]
        # As the image's entry point calls it.
        make = [f"{programs}/initdb", "-D", str(data), "-U", "postgres", "--no-sync", "--no-instructions"]
        make += ["--auth-local=trust", "--auth-host=scram-sha-256"]
        make += [f"--pwfile={self.folder}/secrets/postgres_password"]
        make += shlex.split(service["environment"]["POSTGRES_INITDB_ARGS"])
        self._as_account(make)
        where = ["-D", str(data), "-p", str(self.ports["postgres"]), "-k", str(data), "-c", "fsync=off"]
        self._launch("postgres", [f"{programs}/{service['command'][0]}", *service["command"][1:], *where])
        eventually(lambda: self._has_started(programs, data), "PostgreSQL never started")
        script = ROOT / "deploy" / "create-database.sh"
        environment = {
            "PATH": f"{programs}:/usr/bin:/bin",
            "PGHOST": str(data),
            "PGPORT": str(self.ports["postgres"]),
            "PGUSER": "postgres",
            "DATABASE_PASSWORD_FILE": f"{self.folder}/secrets/database_password",
        }
        subprocess.run(["sh", str(script)], env=environment, check=True)

    def _has_started(self, programs: Path, data: Path) -> bool:
        asked = [f"{programs}/pg_isready", "--quiet", f"--host={data}", f"--port={self.ports['postgres']}"]
        return subprocess.run(asked, check=False).returncode == 0

    def _start_redis(self) -> None:
        server = engines.valkey_server(self.account)
        shell, flag, script = SERVICES["redis"]["command"]
        own = f"port {self.ports['redis']}\nbind 127.0.0.1\ndir {self.folder}"
        script = self.placed(script).replace("dir /data", own).replace("valkey-server", str(server))
        self._launch("redis", [shell, flag, script], as_account=False)

    def _as_account(self, command: list[str]) -> None:
        subprocess.run(command, check=True, cwd="/", user=self.account.uid, group=self.account.gid)

    def _launch(self, name: str, command: list[str], *, as_account: bool = True) -> Child:
        owner: dict[str, Any] = {"user": self.account.uid, "group": self.account.gid} if as_account else {}
        with self.log(name).open("w") as log:
            return self.children.start(name, command, output=log, cwd=Path("/"), **owner)

    def superuser(self) -> "psycopg.Connection[Any]":
        address = f"host=127.0.0.1 port={self.ports['postgres']} user=postgres dbname=traject"
        return psycopg.connect(address, password=SECRETS["postgres_password"], autocommit=True)

    def engine_program(self, name: str, arguments: list[str], *, given: bytes | None = None) -> bytes:
        """What a program of PostgreSQL's own prints, run where the server is."""
        program = engines.postgres_programs(self.account) / name
        where = {"PGHOST": f"{self.folder}/data", "PGPORT": str(self.ports["postgres"])}
        words = [str(program), *arguments]
        return subprocess.run(words, env=where, input=given, stdout=subprocess.PIPE, check=True).stdout

    # -- Services ----------------------------------------------------------------------------------

    def run(self, service: str, words: list[str] | None = None, **more: str) -> None:
        """One that ends by itself: the command of a service, or other words with its variables."""
        words = [self.placed(word) for word in words or command(service)]
        subprocess.run(words, env=self.environment(service) | more, cwd=ROOT, check=True)

    def start(self, service: str) -> Child:
        words = [self.placed(word) for word in command(service)]
        with self.log(service).open("w") as log:
            return self.children.start(service, words, output=log, env=self.environment(service), cwd=ROOT)

    def is_healthy(self, service: str) -> bool:
        """What the engine would find out: the health check of a service, taken once."""
        kind, *words = health_check(service) or []
        words = [self.placed(word) for word in words]
        check = ["sh", "-c", *words] if kind == "CMD-SHELL" else words
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        result = subprocess.run(check, env=self.environment(service), cwd=ROOT, check=False, **silent)  # type: ignore[call-overload]
        return bool(result.returncode == 0)

    def start_proxy(self) -> None:
        """Caddy, with the rules of the proxy, on ports that anybody may have."""
        ports = f"http_port {self.ports['http']}\n\thttps_port {self.ports['https']}\n\tskip_install_trust"
        rules = CADDYFILE.replace("admin off", f"admin off\n\t{ports}", 1)
        rules = rules.replace("http://127.0.0.1:2020", f"http://127.0.0.1:{self.ports['alive']}")
        (self.folder / "Caddyfile").write_text(rules)
        environment = IN_ENV | {"TRAJECT_WEB": f"127.0.0.1:{self.ports['web']}", "HOME": str(self.folder)}
        words = [str(Path(sys.executable).with_name("caddy")), "run", "--config", f"{self.folder}/Caddyfile"]
        with self.log("proxy").open("w") as log:
            self.children.start("proxy", words, output=log, env=environment)

    # -- Asking ------------------------------------------------------------------------------------

    def ask(
        self, path: str, headers: dict[str, str] | None = None, *, posted: dict[str, str] | None = None
    ) -> "Answer":
        """Through the proxy, over TLS, as a browser does; what is posted comes from a page of ours."""
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        plain = socket.create_connection(("127.0.0.1", self.ports["https"]), timeout=30)
        connection = http.client.HTTPSConnection(HOST, timeout=30)
        connection.sock = trusting.wrap_socket(plain, server_hostname=HOST)
        if posted is None:
            return Answer.to(connection, "GET", path, headers or {})
        form = {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"https://{HOST}{path}"}
        return Answer.to(connection, "POST", path, (headers or {}) | form, urlencode(posted))

    def ask_in_clear(self, path: str, port: str, headers: dict[str, str] | None = None) -> "Answer":
        """Over HTTP: the proxy's other port, or past the proxy."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[port], timeout=30)
        return Answer.to(connection, "GET", path, {"Host": HOST} | (headers or {}))


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @classmethod
    def to(
        cls,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: dict[str, str],
        body: str | None = None,
    ) -> "Answer":
        with closing(connection):
            connection.request(method, path, body, headers)
            return cls(connection.getresponse())

    @property
    def cookies(self) -> dict[str, str]:
        morsels = SimpleCookie("; ".join(self.headers.get_all("Set-Cookie", [])))
        return {name: morsel.value for name, morsel in morsels.items()}
