"""Venues and providers: added, changed, thrown away; who may, and what the lists cost."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from courses.models import Course, Provider, Venue
from people.enums import OrganisationKind, Role
from tests.factories import (
    OrganisationFactory,
    ProviderFactory,
    VenueFactory,
    make_person_with,
    make_session,
    make_version,
)
from tests.pages import SignIn, text

pytestmark = pytest.mark.django_db

CITY = {f"city_{language}": "Mechelen" for language in ("nl", "fr", "de", "en")}
NAMES = {f"name_{language}": "Unia" for language in ("nl", "fr", "de", "en")}


@pytest.fixture
def desk(sign_in: SignIn) -> Client:
    return sign_in(make_person_with(Role.CATALOGUE_MANAGER))


def actions() -> list[tuple[str, Any]]:
    return [(entry.action, entry.data.get("fields")) for entry in AuditEntry.objects.order_by("id")]


def test_a_venue_is_added_and_changed(desk: Client) -> None:
    desk.post("/manage/venues/new/", {"name": "Kazerne Dossin", "postcode": "2800", **CITY})
    venue = Venue.objects.get()
    desk.post(
        f"/manage/venues/{venue.public_id}/",
        {"name": "Kazerne Dossin", "address": "Goswin de Stassartstraat 153", "postcode": "2800", **CITY},
    )

    venue.refresh_from_db()
    assert (venue.name, venue.address, venue.city_fr) == (
        "Kazerne Dossin",
        "Goswin de Stassartstraat 153",
        "Mechelen",
    )
    assert actions() == [("venue.created", None), ("venue.edited", ["address"])]
    assert "Kazerne Dossin" in text(desk.get("/manage/venues/"))


def test_saving_an_unchanged_venue_writes_nothing(desk: Client) -> None:
    venue = VenueFactory.create()
    data = {name: getattr(venue, name) for name in ("name", *CITY)}
    assert desk.post(f"/manage/venues/{venue.public_id}/", data).status_code == 302
    assert actions() == []


def test_errors_of_a_venue_stand_beside_the_fields(desk: Client) -> None:
    VenueFactory.create(name="Taken")
    answer = desk.post("/manage/venues/new/", {"name": "Taken", **CITY, "city_de": ""})
    assert set(answer.context["form"].errors) == {"name", "city_de"}
    assert Venue.objects.count() == 1


def test_a_provider_is_added_and_changed(desk: Client) -> None:
    partner = OrganisationFactory.create(kind=OrganisationKind.PARTNER)
    desk.post("/manage/providers/new/", {"slug": "unia", **NAMES, "organisation": partner.pk})
    desk.post("/manage/providers/unia/", {"slug": "other", **NAMES, "name_fr": "UNIA"})
    provider = Provider.objects.get()
    assert (provider.slug, provider.name_fr, provider.organisation) == ("unia", "UNIA", None)
    assert actions() == [("provider.created", None), ("provider.edited", ["name_fr", "organisation"])]


def test_a_zone_is_no_partner(desk: Client) -> None:
    zone = OrganisationFactory.create()
    answer = desk.post("/manage/providers/new/", {"slug": "x", **NAMES, "organisation": zone.pk})
    assert set(answer.context["form"].errors) == {"organisation"}


def test_what_nothing_refers_to_is_deleted(desk: Client) -> None:
    venue, provider = VenueFactory.create(), ProviderFactory.create()
    desk.post(f"/manage/venues/{venue.public_id}/", {"delete": ""})
    desk.post(f"/manage/providers/{provider.slug}/", {"delete": ""})
    assert (Venue.objects.count(), Provider.objects.count()) == (0, 0)
    assert actions() == [("venue.deleted", None), ("provider.deleted", None)]


def test_what_something_refers_to_stays(desk: Client) -> None:
    session = make_session()
    venue = session.meetings.first().venue
    for path in (f"venues/{venue.public_id}", f"providers/{session.version.course.provider.slug}"):
        page = text(desk.post(f"/manage/{path}/", {"delete": ""}, follow=True))
        assert "Courses or meetings refer to it: it stays." in page
    assert (Venue.objects.count(), Provider.objects.count()) == (1, 1)
    assert actions() == []


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.CATALOGUE_MANAGER, Role.ADMINISTRATOR}))
def test_nobody_else_opens_or_changes_them(sign_in: SignIn, role: Role) -> None:
    venue, provider = VenueFactory.create(), ProviderFactory.create()
    visitor = sign_in(make_person_with(role))
    for path in (
        "venues/",
        "venues/new/",
        f"venues/{venue.public_id}/",
        "providers/",
        "providers/new/",
        f"providers/{provider.slug}/",
    ):
        assert visitor.get(f"/manage/{path}").status_code == 403, path
        assert visitor.post(f"/manage/{path}", {"delete": ""}).status_code == 403, path
    assert (Venue.objects.count(), Provider.objects.count()) == (1, 1)


def test_one_that_does_not_exist_is_not_found(desk: Client) -> None:
    for path in (f"venues/{uuid4()}/", "providers/nobody/"):
        assert desk.get(f"/manage/{path}").status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_the_lists_cost_the_same_for_one_and_for_thirty(
    desk: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        make_session(version=make_version())
    assert Course.objects.count() == count
    for path in ("venues", "providers"):
        with django_assert_num_queries(2):
            desk.get(f"/manage/{path}/")
