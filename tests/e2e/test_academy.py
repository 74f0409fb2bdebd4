"""A coordinator's morning: two classes from one file, a track, forty people over three sessions; the path."""

import datetime as dt
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.time import today
from enrolment.models import Enrolment
from people.models import User
from tests.e2e.conftest import OpenAs, assert_accessible
from tests.factories import make_session
from tests.tracks.helpers import make_coordinator, make_school, make_track, make_training

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def class_list(tmp_path: Path) -> Path:
    """Forty people in one class, two in another."""
    rows = [f"46{n:07};Peeters{n:02};Jo;p{n}@police.example;{'1A' if n < 40 else '1B'}" for n in range(42)]
    path = tmp_path / "classes.csv"
    path.write_text("\n".join(["Stamnummer;Naam;Voornaam;E-mail;Klas", *rows]))
    return path


def test_a_class_from_its_list_to_its_seats(open_as: OpenAs, class_list: Path) -> None:
    coordinator = make_coordinator(make_school(name_nl="Campus Vesta", name_en="Campus Vesta"))
    hpm = make_training("hpm")
    make_track(hpm)
    for days in (20, 30, 40):
        make_session(version=hpm, starts_in=dt.timedelta(days=days), capacity=16)
    page = open_as(coordinator)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Academy").click()
    page.get_by_role("main").get_by_role("link", name="Bring in class lists").click()
    page.get_by_label("First day of these classes").fill(today().isoformat())
    page.get_by_label("File", exact=True).set_input_files(class_list)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("New class")).to_have_count(2)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("2 classes are up to date.")

    page.get_by_role("link", name="1A").click()
    page.get_by_role("link", name="Assign a track").click()
    page.get_by_label("Due on").fill((today() + dt.timedelta(days=200)).isoformat())
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.locator(".matrix .mark-open")).to_have_count(40)

    page.get_by_role("link", name=re.compile("Plan these")).click()
    expect(page.get_by_role("button", name="Show the plan")).to_be_visible()
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_role("heading", level=2)).to_have_count(3)
    # One is moved, one left out: both by hand.
    selects = page.locator(".plan select")
    selects.nth(0).select_option(index=3)
    selects.nth(1).select_option("")
    page.get_by_role("button", name="Show the plan again").click()
    assert not Enrolment.objects.exists()
    page.get_by_role("button", name="Book 39 people").click()
    expect(page.locator("#messages")).to_contain_text("39 people have a seat and get a mail.")
    expect(page.locator(".matrix .mark-booked")).to_have_count(39)
    sizes = sorted(Enrolment.objects.values_list("session", flat=True))
    assert sorted(map(sizes.count, set(sizes))) == [12, 13, 14]

    aspirant = User.objects.get(email="p5@police.example")
    phone = open_as(aspirant, phone=True)
    phone.goto("/my/training/")
    expect(phone.locator(".path-booked")).to_contain_text("HPM")
    expect(phone.get_by_role("link", name=re.compile("See the session")).first).to_be_visible()
    assert not phone.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert_accessible(phone)
