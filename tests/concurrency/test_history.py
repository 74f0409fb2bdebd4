"""Two files of past completions at once: what stands in both is recorded once."""

from typing import cast

import pytest
from django.db import IntegrityError

from enrolment.models import Completion, HistoryFile
from enrolment.services import history
from enrolment.services.history import import_history, receive_history
from people.enums import Role
from people.models import User
from people.rules import RoleScope, role_scope
from tests.concurrency.conftest import AtOnce
from tests.factories import (
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
    make_person_with,
    make_version,
)

pytestmark = pytest.mark.django_db(transaction=True)
CONTENT = b"Opleiding;Datum;Zone;Stamnummer\nhpm;14/01/2024;5344;460000001"


def import_both(at_once: AtOnce) -> list[object]:
    """Import two files with the same row."""
    zone = OrganisationFactory.create(code="5344")
    hr = make_person_with(Role.HR, organisation=zone)
    scope = role_scope(hr)
    make_version(course__slug="hpm")
    MembershipFactory.create(user=UserFactory.create(profile__staff_number="460000001"), organisation=zone)
    one, other = (received(scope, hr) for _file in range(2))

    def act(file: HistoryFile) -> HistoryFile:
        return import_history(history_file=file, confirmed=[], scope=scope, actor=hr)

    return at_once(lambda: act(one), lambda: act(other))


def received(scope: RoleScope, hr: User) -> HistoryFile:
    file, plan = receive_history(content=CONTENT, scope=scope, uploader=hr)
    assert file is not None, plan.problems
    return file


def test_what_stands_in_two_files_is_recorded_once(at_once: AtOnce) -> None:
    first, second = (cast(HistoryFile, done) for done in import_both(at_once))
    assert (first.recorded, first.unchanged) == (1, 0)
    assert (second.recorded, second.unchanged) == (0, 1)
    assert Completion.objects.count() == 1


def test_without_the_lock_the_second_file_would_fail(
    at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: both find the completion missing, and the constraint stands behind."""
    monkeypatch.setattr(history, "_wait_for_other_import", lambda: None)
    _first, second = import_both(at_once)
    assert isinstance(second, IntegrityError)
