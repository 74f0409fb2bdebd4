"""The commands of docker-compose.yml run, answer their health checks, and stand together behind the proxy."""

import json
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from demo import engines
from tests.deploy.files import OWN, ROOT, health_check
from tests.deploy.production import HOST, Answer, Production
from tests.waiting import eventually

# As docs/deploy.md has it.
BACKUP = (["--format=custom", "traject"], ["--dbname=traject", "--clean", "--if-exists"])
LASTING = [name for name in OWN if health_check(name)]


@pytest.fixture(scope="module")
def production() -> Iterator[Production]:
    with tempfile.TemporaryDirectory(prefix="traject-production-", dir=engines.SHORT_TEMPORARY) as folder:
        Path(folder).chmod(0o711)
        running = Production(Path(folder))
        try:
            running.start_engines()
            running.run("migrate")
            for name in LASTING:
                running.start(name)
            running.start_proxy()
            eventually(lambda: running.is_healthy("web"), "the web service never became healthy")
            yield running
        finally:
            running.children.stop()


@pytest.mark.parametrize("name", LASTING)
def test_the_service_becomes_healthy(production: Production, name: str) -> None:
    eventually(lambda: production.is_healthy(name), f"{name} never became healthy")


def test_the_platform_s_role_owns_its_database_and_nothing_else(production: Production) -> None:
    with production.superuser() as connection:
        role = connection.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = 'traject'"
        )
        assert role.fetchone() == (False, False, False)
        encoding = (
            "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = 'traject'"
        )
        assert connection.execute(encoding).fetchone() == ("UTF8", "C.UTF-8")


def test_the_server_says_which_process_holds_a_connection(production: Production) -> None:
    production.ask("/catalogue/")
    with production.superuser() as connection:
        names = connection.execute("SELECT DISTINCT application_name FROM pg_stat_activity").fetchall()
    assert ("traject-web",) in names


def test_a_page_comes_over_tls_and_says_to_stay_there(production: Production) -> None:
    answer = production.ask("/catalogue/")
    assert answer.status == 200
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert answer.headers["X-Request-ID"]
    assert not {"Server", "Via"} & set(answer.headers)


def test_who_comes_in_clear_is_sent_to_tls(production: Production) -> None:
    answer = production.ask_in_clear("/catalogue/", "http")
    assert answer.status == 308
    assert answer.headers["Location"].startswith(f"https://{HOST}")


def test_a_page_is_compressed_on_its_way(production: Production) -> None:
    assert production.ask("/catalogue/", {"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize(
    "path", ["/health/live", "/health/ready", "/media/a.pdf", "/files/a.pdf", "/var/files/"]
)
def test_health_and_files_are_nobody_s_outside(production: Production, path: str) -> None:
    assert production.ask(path).status == 404


def test_who_lies_about_their_address_is_stopped_all_the_same(production: Production) -> None:
    def _guess(number: int) -> int:
        lies = {
            "X-Forwarded-For": f"203.0.113.{number}",
            "X-Real-Ip": f"203.0.113.{number}",
            "Forwarded": "for=::1",
        }
        return production.ask(f"/verify/AAAA-{number}", lies).status

    # Another test may have guessed once already.
    statuses = [_guess(number) for number in range(21)]
    assert (statuses[0], statuses[-1]) == (404, 429)


def test_what_a_client_says_of_encryption_is_not_believed(production: Production) -> None:
    answer = production.ask_in_clear("/catalogue/", "http", {"X-Forwarded-Proto": "https"})
    assert answer.status == 308


def test_every_line_of_the_web_service_is_json_without_an_address(production: Production) -> None:
    production.ask("/verify/SECR-ETCO-DE00", {"X-Forwarded-For": "203.0.113.9"})
    lines = production.log("web").read_text().splitlines()
    messages = [json.loads(line)["message"] for line in lines]
    assert "GET /verify/<str:code>" in messages
    assert any(json.loads(line)["logger"] == "_granian" for line in lines)
    for private in ("SECR-ETCO", "127.0.0.1", "203.0.113.9"):
        assert private not in "".join(line for line in lines if "Listening at" not in line)


def test_what_the_proxy_writes_holds_no_request(production: Production) -> None:
    production.ask("/catalogue/")
    lines = [json.loads(line) for line in production.log("proxy").read_text().splitlines()]
    assert lines
    assert not any("request" in line for line in lines)


def test_what_has_begun_is_answered_before_the_web_service_ends(
    tmp_path: Path, production: Production
) -> None:
    second = Production.beside(production, tmp_path)
    web = second.start("web")
    eventually(lambda: second.is_healthy("web"), "the second web service never became healthy")
    answers: list[Answer] = []
    secure = {"X-Forwarded-Proto": "https"}
    with production.superuser() as connection, connection.transaction():
        connection.execute("LOCK TABLE courses_course IN ACCESS EXCLUSIVE MODE")
        asking = Thread(target=lambda: answers.append(second.ask_in_clear("/catalogue/", "web", secure)))
        asking.start()
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        with production.superuser() as observer:
            eventually(lambda: observer.execute(waiting).fetchone() == (1,), "nobody waits for the table")
        web.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert web.process.poll() is None
    asking.join(30)
    assert [answer.status for answer in answers] == [200]
    assert web.process.wait(30) == 0


def test_a_backup_brings_back_what_was_lost(production: Production) -> None:
    dump, restore = (["--username=postgres", *words] for words in BACKUP)
    page = (ROOT / "docs" / "deploy.md").read_text()
    assert f"pg_dump {' '.join(dump)} " in page
    assert f"pg_restore\n{' '.join(restore)} " in page
    with production.superuser() as connection:
        kept = production.engine_program("pg_dump", dump)
        connection.execute("UPDATE django_migrations SET name = 'lost'")
        production.engine_program("pg_restore", restore, given=kept)
        assert connection.execute(
            "SELECT count(*) FROM django_migrations WHERE name = 'lost'"
        ).fetchone() == (0,)
    eventually(lambda: production.is_healthy("web"), "the web service never became healthy again")


def test_the_first_administrator_signs_in_and_finds_the_catalogue(production: Production) -> None:
    page = (ROOT / "docs" / "deploy.md").read_text()
    load, create = (
        "python manage.py load_catalogue courses/catalogue.yaml",
        "python manage.py createsuperuser",
    )
    assert f"exec web {load}\n" in page
    assert f"exec web {create}\n" in page
    production.run("web", load.split())
    # The words that a person would type.
    login, password = "petra@zone.example", "correct horse battery"
    typed = {"DJANGO_SUPERUSER_EMAIL": login, "DJANGO_SUPERUSER_PASSWORD": password}
    production.run("web", [*create.split(), "--no-input"], **typed)

    token = production.ask("/account/login/").cookies["csrftoken"]
    form = {"login": login, "password": password, "csrfmiddlewaretoken": token}
    signed_in = production.ask("/account/login/", {"Cookie": f"csrftoken={token}"}, posted=form)
    assert signed_in.status == 302
    for line in signed_in.headers.get_all("Set-Cookie", []):
        assert "; Secure" in line
        assert "; HttpOnly" in line
    session = {"Cookie": f"sessionid={signed_in.cookies['sessionid']}", "Accept-Language": "nl"}
    # An administrator sets up a second step first: every page leads there until then.
    assert production.ask("/operate/admin/", session).status == 302
    catalogue = production.ask("/catalogue/hpm/", {"Accept-Language": "nl"})
    assert "Kazerne Dossin" in catalogue.body.decode()
