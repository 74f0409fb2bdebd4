"""Many rows at once: what bulk_create writes, in less time."""

import pytest
from django.db import IntegrityError

from core.bulk import copy_in
from core.models import AuditEntry
from people.models import Membership, User
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def entry(number: int) -> AuditEntry:
    data = {"é": [number, None, "\t\\"]}
    return AuditEntry(action="tested", subject_type="x", subject_id=number, data=data)


def test_objects_come_back_as_they_were_written() -> None:
    entries = [entry(number) for number in range(3)]
    copy_in(entries)
    assert list(AuditEntry.objects.order_by("subject_id").values()) == [
        {name: value for name, value in vars(each).items() if name != "_state"} for each in entries
    ]
    assert not any(each._state.adding for each in entries)


def test_ids_are_the_sequences_own() -> None:
    first, copied = MembershipFactory.create(), MembershipFactory.build(user=UserFactory.create())
    copied.organisation = first.organisation
    copied.organisation_id = first.organisation_id
    copy_in([copied])
    after = MembershipFactory.create()
    assert first.pk < copied.pk < after.pk
    assert set(Membership.objects.values_list("pk", flat=True)) == {first.pk, copied.pk, after.pk}


def test_constraints_hold_and_nothing_is_nothing() -> None:
    copy_in([])
    taken = UserFactory.create(email="an@police.example")
    with pytest.raises(IntegrityError):
        copy_in([User(email=taken.email, password="!")])
