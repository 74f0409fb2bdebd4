"""A queryset that is compiled once says the same as one that is built anew."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.db.models import Count, QuerySet
from pytest_django import DjangoAssertNumQueries

from core.prepared import prepared
from people.models import Membership, Organisation, User
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 11, 20)


@prepared
def by_code(*, code: str) -> "QuerySet[Organisation]":
    return Organisation.objects.filter(code=code)


@prepared
def memberships(newest_first: bool, /, *, user: User, on: dt.date) -> "QuerySet[Membership]":
    known = Membership.objects.current(on=on).filter(user=user, user_id=user.pk)
    return known.select_related("organisation").order_by("-pk" if newest_first else "pk")


@prepared
def outside(*, organisations: list[int]) -> "QuerySet[Organisation]":
    others = Organisation.objects.exclude(memberships__organisation__in=organisations)
    return others.annotate(members=Count("memberships")).order_by("pk")


@pytest.mark.parametrize("code", ["5388", "O'Hara", "%s", "100 %", "'; DROP TABLE x; --", ""])
def test_each_value_is_asked_for_as_it_is(
    code: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    OrganisationFactory.create(code="other")
    wanted = OrganisationFactory.create(code=code)
    with django_assert_num_queries(1):
        assert by_code(code=code) == [wanted]
    assert by_code(code="nobody's") == []
    assert by_code.first(code="nobody's") is None
    assert by_code.first(code=code) == wanted


@pytest.mark.parametrize("newest_first", [True, False])
def test_the_shape_decides_what_is_asked_and_the_values_of_whom(
    newest_first: bool, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    people = UserFactory.create_batch(2)
    for person in people:
        MembershipFactory.create(user=person, valid_from=DAY, valid_until=DAY)
        MembershipFactory.create(user=person, valid_from=DAY, valid_until=None)
    for person in people:
        for day, count in ((DAY - dt.timedelta(1), 0), (DAY, 2), (DAY + dt.timedelta(1), 1)):
            expected = list(Membership.objects.current(on=day).filter(user=person).order_by("pk"))
            assert len(expected) == count
            with django_assert_num_queries(1):
                rows = memberships(newest_first, user=person, on=day)
                codes = [row.organisation.code for row in rows]
            assert rows == (expected[::-1] if newest_first else expected)
            assert codes == [row.organisation.code for row in rows]


def test_ids_may_be_none_one_or_many() -> None:
    memberships = MembershipFactory.create_batch(3)
    everybody_s = [membership.organisation for membership in memberships]
    for ids in ([], [everybody_s[0].pk], [each.pk for each in everybody_s]):
        rows = outside(organisations=ids)
        assert rows == [each for each in everybody_s if each.pk not in ids]
        assert {row.members for row in rows} <= {1}


def test_it_is_built_once_for_each_shape() -> None:
    built = []

    @prepared
    def people(are_active: bool, /, *, email: str) -> "QuerySet[User]":
        built.append(are_active)
        return User.objects.filter(is_active=are_active, email=email)

    for email in ("a@example.org", "b@example.org"):
        for are_active in (True, False):
            UserFactory.create(email=f"{are_active}-{email}", is_active=are_active)
            assert len(people(are_active, email=f"{are_active}-{email}")) == 1
            assert people(not are_active, email=f"{are_active}-{email}") == []
    assert sorted(built) == [False, True]


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_by_its_own_connection() -> None:
    organisation = OrganisationFactory.create(code="5388")

    def ask(_: int) -> tuple[list[Organisation], int]:
        try:
            return by_code(code="5388"), id(connection.connection)
        finally:
            connection.close()

    assert by_code(code="5388") == [organisation]
    with ThreadPoolExecutor(1) as other:
        rows, connection_id = other.submit(ask, 0).result()
    assert rows == [organisation]
    assert connection_id != id(connection.connection)


@prepared
def in_full(*, code: str) -> "QuerySet[Organisation]":
    return Organisation.objects.filter(code=code, name_nl="100 % O'Hara %s", valid_until=None)


def test_a_plan_that_the_server_keeps_answers_each_value_with_its_own_rows() -> None:
    connection.ensure_connection()
    usual, connection.connection.prepare_threshold = connection.connection.prepare_threshold, 0
    try:
        wanted = [OrganisationFactory.create(code=f"{n}", name_nl="100 % O'Hara %s") for n in range(12)]
        OrganisationFactory.create(code="other", name_nl="100 %")
        # PostgreSQL makes a plan for all values at the sixth time.
        assert [in_full(code=each.code) for each in wanted] == [[each] for each in wanted]
        assert in_full(code="other") == []
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT sum(generic_plans) FROM pg_prepared_statements WHERE statement LIKE '%Hara%'"
            )
            assert cursor.fetchone() == (8,)
    finally:
        connection.connection.prepare_threshold = usual
