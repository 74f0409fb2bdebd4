"""kill -9 in the middle of an act: what is left is in order, and the act can be done again."""

import datetime as dt
import http.client
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.celery import app
from courses.models import Session
from demo import engines
from demo.processes import Children
from enrolment.enums import EnrolmentStatus
from enrolment.models import Enrolment, Offer
from enrolment.services.auditing import audit, faults_of
from enrolment.services.booking import enrol
from notifications.models import Message
from people.models import User
from tests.factories import make_confirmed, make_employee, make_offer, make_session, make_version
from tests.processes import environment
from tests.waiting import PATIENCE, eventually

pytestmark = pytest.mark.django_db(transaction=True)

PROGRAMS = Path(sys.executable).parent
QUEUED, CONFIRMED, WITHDRAWN = EnrolmentStatus.QUEUED, EnrolmentStatus.CONFIRMED, EnrolmentStatus.WITHDRAWN
CSRF = "a" * 32
Button = Callable[[], int]
WEB = ["--interface=wsgi", "--no-ws", "--workers=1", "--blocking-threads=2", "--respawn-failed-workers"]
WORKER = ["worker", "--queues=celery", "--concurrency=1", "--without-gossip", "--without-mingle"]


class Killed:
    """A server that is held in an act, killed there, and lives on with a new process."""

    def __init__(self, folder: Path, children: Children) -> None:
        self.held, self.log, self.children = folder / "held", folder / "log", children
        self.port = engines.free_port()

    def start(self, program: str, *arguments: str, hold_at: str) -> None:
        command = [str(PROGRAMS / program), *arguments]
        with self.log.open("w") as log:
            self.children.start(
                program, command, output=log, env=environment(HOLD_AT=hold_at, HELD=str(self.held))
            )

    def kill_when_held(self) -> None:
        eventually(self._is_held, f"Nothing was held: {self.log.read_text()[-2000:]}")
        os.kill(int(self.held.read_text()), signal.SIGKILL)

    def _is_held(self) -> bool:
        return self.held.exists() and self.held.read_text() != ""


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[Killed]:
    children = Children(tmp_path / "pids")
    try:
        yield Killed(tmp_path, children)
    finally:
        children.stop()


@pytest.fixture
def session() -> Session:
    """One seat."""
    return make_session(version=make_version(parts=1), capacity=1)


@pytest.fixture
def button(killed: Killed, client: Client) -> Callable[[User, str, Session], Button]:
    """A button of a session, as somebody who is signed in sees it; pressed, it returns the status."""

    def _button(person: User, act: str, session: Session) -> Button:
        client.force_login(person)
        cookie = f"sessionid={client.cookies['sessionid'].value}; csrftoken={CSRF}"
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        path, form = reverse(f"enrolment:{act}", args=[session.public_id]), {"csrfmiddlewaretoken": CSRF}

        def press() -> int:
            # After a kill the server needs a moment for a new process.
            eventually(lambda: is_listening(killed.port), "the web server did not start")
            with closing(
                http.client.HTTPConnection("127.0.0.1", killed.port, timeout=PATIENCE)
            ) as connection:
                connection.request("POST", path, urlencode(form), headers)
                return connection.getresponse().status

        return press

    return _button


def press_and_kill(killed: Killed, press: Button, *, hold_at: str) -> None:
    """The button is pressed, its process killed, and no answer comes."""
    address = ["--host=127.0.0.1", f"--port={killed.port}"]
    killed.start("granian", *WEB, *address, "tests.faults.held:application", hold_at=hold_at)
    with ThreadPoolExecutor(1) as pool:
        pressed = pool.submit(press)
        killed.kill_when_held()
        with pytest.raises((OSError, http.client.HTTPException)):
            pressed.result(PATIENCE)


def is_listening(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def work_and_kill(killed: Killed, task: str, *, hold_at: str) -> None:
    app.control.purge()
    killed.start("celery", "--app=tests.faults.held", "--quiet", *WORKER, hold_at=hold_at)
    app.send_task(task)
    killed.kill_when_held()


def statuses(session: Session) -> list[str]:
    return list(session.enrolments.order_by("pk").values_list("status", flat=True))


def taken(session: Session) -> int:
    return session.meetings.get().taken


def mails(template: str) -> int:
    return Message.objects.filter(template=template).count()


def assert_all_is_well() -> None:
    assert faults_of(audit()) == {}


def test_an_enrolment_that_was_not_committed_is_made_by_the_next_click(
    killed: Killed, button: Callable[[User, str, Session], Button], session: Session
) -> None:
    learner = make_employee()
    press = button(learner, "enrol", session)
    press_and_kill(killed, press, hold_at="enrolment.confirmed")
    assert (statuses(session), taken(session)) == ([], 0)
    assert_all_is_well()

    assert press() == 302
    assert (statuses(session), taken(session), mails("enrolment_confirmed")) == ([CONFIRMED], 1, 1)
    assert_all_is_well()


def test_an_enrolment_that_nobody_heard_of_is_not_made_again(
    killed: Killed, button: Callable[[User, str, Session], Button], session: Session
) -> None:
    learner = make_employee()
    press = button(learner, "enrol", session)
    press_and_kill(killed, press, hold_at="answer")
    assert (statuses(session), taken(session)) == ([CONFIRMED], 1)
    assert_all_is_well()

    assert press() == 302
    assert (statuses(session), taken(session), mails("enrolment_confirmed")) == ([CONFIRMED], 1, 1)


def test_who_withdraws_keeps_the_seat_until_it_is_somebody_elses(
    killed: Killed, button: Callable[[User, str, Session], Button], session: Session
) -> None:
    """Killed when the next person has the seat already, and nothing is committed."""
    leaver, waiting = make_employee(), make_employee()
    for person in (leaver, waiting):
        enrol(session=session, learner=person, actor=person)
    press = button(leaver, "withdraw", session)
    press_and_kill(killed, press, hold_at="enrolment.moved_up")
    assert (statuses(session), taken(session)) == ([CONFIRMED, QUEUED], 1)
    assert_all_is_well()

    assert press() == 302
    assert (statuses(session), taken(session)) == ([WITHDRAWN, CONFIRMED], 1)
    assert mails("enrolment_moved_up") == 1
    assert_all_is_well()


def test_an_offer_that_a_dead_worker_was_passing_on_is_passed_on_once(
    killed: Killed, session: Session
) -> None:
    make_offer(session)
    waiting = make_employee()
    enrol(session=session, learner=waiting, actor=waiting)
    Offer.objects.update(expires_at=timezone.now() - dt.timedelta(minutes=1))
    work_and_kill(killed, "enrolment.tasks.expire_offers", hold_at="enrolment.moved_up")
    assert (statuses(session), taken(session)) == ([EnrolmentStatus.OFFERED, QUEUED], 1)
    assert_all_is_well()

    app.send_task("enrolment.tasks.expire_offers")
    eventually(lambda: statuses(session) == [QUEUED, CONFIRMED], "the offer was not passed on")
    assert (taken(session), mails("offer_expired"), mails("enrolment_moved_up")) == (1, 1, 1)
    assert_all_is_well()


def test_a_free_seat_that_a_dead_worker_was_filling_is_filled_once(killed: Killed, session: Session) -> None:
    waiting = make_confirmed(session)
    Enrolment.objects.update(status=QUEUED, confirmed_at=None)
    waiting.seats.all().delete()
    session.meetings.update(taken=0)
    work_and_kill(killed, "enrolment.tasks.fill_free_seats_from_queues", hold_at="enrolment.moved_up")
    assert (statuses(session), taken(session)) == ([QUEUED], 0)
    assert_all_is_well()

    app.send_task("enrolment.tasks.fill_free_seats_from_queues")
    eventually(lambda: statuses(session) == [CONFIRMED], "the seat was not filled")
    assert (taken(session), mails("enrolment_moved_up")) == (1, 1)
    assert_all_is_well()
