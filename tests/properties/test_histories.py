"""Random histories over the services: hundreds of steps in each run of the tests, thousands in a proof."""

from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from enrolment.services import booking
from tests.properties.histories import Histories
from tests.properties.world import BEGINNING, World, build_world

pytestmark = pytest.mark.django_db

# What fails is printed as the shortest history that was found, a call for each act.
ANY = settings(deadline=None, database=None, print_blob=True, suppress_health_check=list(HealthCheck))
# The same ones each time: a run fails for nobody who changed nothing.
FEW = settings(ANY, max_examples=12, stateful_step_count=25, derandomize=True)
MANY = settings(ANY, max_examples=250, stateful_step_count=40)


@pytest.fixture
def world() -> World:
    with time_machine.travel(BEGINNING, tick=False):
        return build_world()


@pytest.mark.parametrize("length", [FEW, pytest.param(MANY, marks=pytest.mark.prove)], ids=["few", "many"])
def test_whatever_they_do_nothing_becomes_untrue(world: World, length: settings) -> None:
    begin: Any = lambda: Histories(world)  # noqa: E731
    run_state_machine_as_test(begin, settings=length)


def test_a_seat_that_is_not_passed_on_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: who withdraws leaves the seat to nobody."""
    monkeypatch.setattr(booking, "promote", lambda *args, **more: 0)
    history = Histories(world)
    try:
        seated = history.enrol(person="An", session="later")
        history.enrol(person="Bo", session="later")
        with pytest.raises(AssertionError, match="a seat stays free beside somebody who waits"):
            history.withdraw(enrolment=seated)
    finally:
        history.teardown()
