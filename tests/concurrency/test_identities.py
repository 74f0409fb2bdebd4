"""Two subjects that say they are one person, at once: the first one stays."""

import pytest
from allauth.socialaccount.models import SocialAccount

from people.enums import Grounds
from people.errors import IdentityTaken
from people.models import User
from people.services.identities import link_identity
from tests.concurrency.conftest import AtOnce
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
ISSUER = "https://login.police.example"


def link(person: User, subject: str) -> str:
    return str(link_identity(person=person, issuer=ISSUER, subject=subject, grounds=Grounds.STAFF_NUMBER).uid)


def test_one_of_two_subjects_becomes_the_person_s(at_once: AtOnce) -> None:
    person = UserFactory.create()
    first, second = at_once(lambda: link(person, "first"), lambda: link(person, "second"))
    assert first == "first"
    assert isinstance(second, IdentityTaken)
    assert list(SocialAccount.objects.values_list("user", "uid")) == [(person.pk, "first")]
