"""For which courses an organisation wants its people to have an approval: who says so, and when it holds."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from core.time import today
from courses.enums import Audience
from courses.errors import ConsentInstead, RuleOverlaps
from courses.models import Course, CourseVersion, MandatoryAudience, OrganisationRule
from courses.rules import ApprovalRule, approval_rule_for
from courses.services.organisation_rules import end_rule, require_approval
from people.enums import Role
from people.models import Organisation, User
from people.rules import Affiliated
from tests.factories import MembershipFactory, OrganisationFactory, make_person_with, make_version
from tests.pages import SignIn, text

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
RULES = "/hr/approvals/rules/"


@pytest.fixture
def zone() -> Organisation:
    zone: Organisation = OrganisationFactory.create(name_en="Zone North")
    return zone


@pytest.fixture
def hr(zone: Organisation) -> User:
    return make_person_with(Role.HR, organisation=zone)


@pytest.fixture
def version() -> CourseVersion:
    return make_version(title_en="Human rights")


def ask(zone: Organisation, course: Course, hr: User, *, first: dt.date | None = None) -> OrganisationRule:
    return require_approval(organisation=zone, course=course, valid_from=first or today(), actor=hr)


def days_of_rules() -> list[tuple[dt.date, dt.date | None]]:
    return list(OrganisationRule.objects.order_by("valid_from").values_list("valid_from", "valid_until"))


# -- Who needs an approval -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last", "is_needed"),
    [(0, None, True), (-9, 0, True), (0, 9, True), (1, None, False), (-9, -1, False)],
)
def test_a_rule_of_the_employer_holds_from_its_first_day_to_its_last(
    zone: Organisation, version: CourseVersion, first: int, last: int | None, is_needed: bool
) -> None:
    OrganisationRule.objects.create(
        organisation=zone,
        course=version.course,
        approval_required=True,
        valid_from=today() + first * DAY,
        valid_until=None if last is None else today() + last * DAY,
    )

    rule = approval_rule_for(Affiliated(employer_id=zone.pk), version, on=today())

    assert rule == (ApprovalRule(True, zone.pk) if is_needed else ApprovalRule(False, None))


def test_the_school_s_rule_binds_who_has_no_employer_alone(
    zone: Organisation, version: CourseVersion, hr: User
) -> None:
    school = OrganisationFactory.create()
    ask(school, version.course, hr)

    assert (
        approval_rule_for(Affiliated(school_id=school.pk), version, on=today()).organisation_id == school.pk
    )
    assert not approval_rule_for(Affiliated(zone.pk, school.pk), version, on=today()).is_needed


def test_nobody_is_kept_from_what_is_mandatory_for_them(
    zone: Organisation, version: CourseVersion, hr: User
) -> None:
    ask(zone, version.course, hr)
    MandatoryAudience.objects.create(version=version, audience=Audience.ASPIRANT)
    aspirant, colleague = Affiliated(zone.pk, OrganisationFactory.create().pk), Affiliated(zone.pk)

    assert approval_rule_for(aspirant, version, on=today()) == ApprovalRule()
    assert approval_rule_for(colleague, version, on=today()) == ApprovalRule(True, zone.pk)


def test_a_course_that_always_needs_one_needs_it_of_everybody(zone: Organisation) -> None:
    version = make_version(approval_required=True)
    MandatoryAudience.objects.create(version=version, audience=Audience.ALL_STAFF)

    assert approval_rule_for(Affiliated(zone.pk), version, on=today()).is_needed


def test_what_is_said_of_a_programme_is_said_of_its_workshops(
    zone: Organisation, version: CourseVersion, hr: User
) -> None:
    workshop = make_version(course__programme=version.course)
    ask(zone, version.course, hr)

    assert approval_rule_for(Affiliated(zone.pk), workshop, on=today()) == ApprovalRule(True, zone.pk)
    assert not approval_rule_for(Affiliated(OrganisationFactory.create().pk), workshop, on=today()).is_needed


def test_a_rule_binds_neither_another_organisation_nor_another_course(
    zone: Organisation, version: CourseVersion, hr: User
) -> None:
    ask(zone, version.course, hr)
    other = OrganisationFactory.create()

    assert not approval_rule_for(Affiliated(other.pk), version, on=today()).is_needed
    assert not approval_rule_for(Affiliated(zone.pk), make_version(), on=today()).is_needed
    assert not approval_rule_for(Affiliated(), version, on=today()).is_needed


def test_a_course_that_always_needs_one_is_approved_by_the_employer_else_the_school(
    zone: Organisation,
) -> None:
    version = make_version(approval_required=True)
    school = OrganisationFactory.create()

    assert approval_rule_for(Affiliated(zone.pk, school.pk), version, on=today()) == ApprovalRule(
        True, zone.pk
    )
    assert approval_rule_for(Affiliated(None, school.pk), version, on=today()) == ApprovalRule(
        True, school.pk
    )
    # Nobody is confirmed without one for want of somebody who could give it.
    assert approval_rule_for(Affiliated(), version, on=today()) == ApprovalRule(True, None)


def test_what_each_consents_to_alone_is_approved_by_nobody(zone: Organisation, hr: User) -> None:
    version = make_version()
    ask(zone, version.course, hr)
    by_consent = make_version(asking_consent=True)
    CourseVersion.objects.filter(pk=by_consent.pk).update(course=version.course, number=2)
    by_consent.refresh_from_db()

    assert approval_rule_for(Affiliated(zone.pk), version, on=today()).is_needed
    assert not approval_rule_for(Affiliated(zone.pk), by_consent, on=today()).is_needed
    with pytest.raises(ConsentInstead):
        ask(zone, make_version(asking_consent=True).course, hr)


def test_the_database_knows_no_approval_of_what_asks_for_consent() -> None:
    version = make_version(asking_consent=True)

    with pytest.raises(IntegrityError, match="consent_without_approval"), transaction.atomic():
        CourseVersion.objects.filter(pk=version.pk).update(approval_required=True)


# -- Making and ending -----------------------------------------------------------------------------


def test_asking_twice_makes_one_rule(zone: Organisation, version: CourseVersion, hr: User) -> None:
    assert ask(zone, version.course, hr) == ask(zone, version.course, hr)

    entry = AuditEntry.objects.get(action="organisation_rule.made")
    assert (entry.actor_id, entry.data) == (hr.pk, {"course": version.course_id})


def test_one_rule_for_a_course_at_a_time(zone: Organisation, version: CourseVersion, hr: User) -> None:
    rule = ask(zone, version.course, hr)
    with pytest.raises(RuleOverlaps) as refusal:
        ask(zone, version.course, hr, first=today() + 9 * DAY)
    assert "End that rule first." in str(refusal.value)

    end_rule(rule=rule, last_day=today() + 9 * DAY, actor=hr)
    with pytest.raises(RuleOverlaps) as refusal:
        ask(zone, version.course, hr, first=today() + 9 * DAY)
    assert "Choose a later day." in str(refusal.value)

    ask(zone, version.course, hr, first=today() + 10 * DAY)
    assert days_of_rules() == [(today(), today() + 9 * DAY), (today() + 10 * DAY, None)]


def test_a_rule_that_would_begin_after_its_last_day_is_taken_back(
    zone: Organisation, version: CourseVersion, hr: User
) -> None:
    rule = ask(zone, version.course, hr)
    pk = rule.pk
    end_rule(rule=rule, last_day=today() - DAY, actor=hr)

    assert days_of_rules() == []
    assert AuditEntry.objects.get(action="organisation_rule.taken_back").subject_id == pk


def test_ending_it_twice_ends_it_once_and_never_later(
    zone: Organisation, version: CourseVersion, hr: User
) -> None:
    rule = ask(zone, version.course, hr)
    for days in (3, 3, 5):
        end_rule(rule=rule, last_day=today() + days * DAY, actor=hr)

    assert days_of_rules() == [(today(), today() + 3 * DAY)]
    assert AuditEntry.objects.filter(action="organisation_rule.ended").count() == 1


# -- The pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_hr_and_chiefs_make_the_rules(
    sign_in: SignIn, zone: Organisation, version: CourseVersion, role: Role
) -> None:
    client = sign_in(make_person_with(role, organisation=zone))
    rule = ask(zone, make_version().course, make_person_with(Role.HR))
    may = role in (Role.HR, Role.CHIEF)

    assert client.get(RULES).status_code == (200 if may else 403)
    assert client.get(f"{RULES}{rule.public_id}/end/").status_code == (200 if may else 403)
    form = {
        "organisation": zone.public_id,
        "course": version.course.slug,
        "valid_from": today().isoformat(),
    }
    assert client.post(RULES, form).status_code == (302 if may else 403)
    assert OrganisationRule.objects.filter(course=version.course).exists() is may
    ending = {"last_day": today().isoformat()}
    assert client.post(f"{RULES}{rule.public_id}/end/", ending).status_code == (302 if may else 403)
    rule.refresh_from_db()
    assert rule.valid_until == (today() if may else None)


def test_the_rules_of_others_are_neither_seen_nor_made_nor_ended(
    sign_in: SignIn, zone: Organisation, version: CourseVersion, hr: User
) -> None:
    client = sign_in(hr)
    other = OrganisationFactory.create()
    rule = ask(other, version.course, hr)
    approver = make_person_with(Role.APPROVER, organisation=other)

    page = text(client.get(RULES))
    assert "No course needs an approval" in page
    assert approver.get_full_name() not in page
    assert client.get(f"{RULES}{rule.public_id}/end/").status_code == 404
    assert client.post(f"{RULES}{rule.public_id}/end/", {"last_day": today().isoformat()}).status_code == 404
    form = {
        "organisation": other.public_id,
        "course": make_version().course.slug,
        "valid_from": today().isoformat(),
    }
    assert client.post(RULES, form).status_code == 200
    assert days_of_rules() == [(today(), None)]


def test_the_page_says_which_courses_from_when_and_who_approves(
    sign_in: SignIn, zone: Organisation, version: CourseVersion, hr: User
) -> None:
    for role, name in ((Role.APPROVER, "Aerts"), (Role.DEPUTY_APPROVER, "Baert")):
        make_person_with(role, organisation=zone, profile__last_name=name)
    rule = ask(zone, version.course, hr, first=today() + DAY)
    client = sign_in(hr)

    page = text(client.get(RULES))
    rows, _, form = page.partition("Ask for an approval")
    assert "Human rights" in rows
    assert "Not yet in force" in rows
    assert "Jo Aerts, approver" in form
    assert "Jo Baert, deputy approver" in form

    client.post(f"{RULES}{rule.public_id}/end/", {"last_day": today().isoformat()})
    assert "No course needs an approval" in text(client.get(RULES))


def test_a_rule_that_ended_stays_readable(
    sign_in: SignIn, zone: Organisation, version: CourseVersion, hr: User
) -> None:
    rule = ask(zone, version.course, hr)
    OrganisationRule.objects.update(valid_from=today() - 9 * DAY, valid_until=today() - DAY)
    client = sign_in(hr)

    past = text(client.get(RULES)).partition("Rules that ended")[2]
    assert "Human rights" in past
    assert "End it" not in past
    assert client.get(f"{RULES}{rule.public_id}/end/").status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [("valid_from", (today() - DAY).isoformat()), ("valid_from", "31/31/2026"), ("course", "by-consent")],
)
def test_what_cannot_be_is_told_at_its_field_and_the_rest_stays(
    sign_in: SignIn, zone: Organisation, version: CourseVersion, hr: User, field: str, value: str
) -> None:
    make_version(asking_consent=True, course__slug="by-consent")
    form = {
        "organisation": zone.public_id,
        "course": version.course.slug,
        "valid_from": today().isoformat(),
        "legal_reference": "Note 12",
    }
    response = sign_in(hr).post(RULES, form | {field: value})

    assert list(response.context["form"].errors) == [field]
    assert "Note 12" in text(response)
    assert days_of_rules() == []


@pytest.mark.parametrize("days", [-2, 5])
def test_a_last_day_lies_neither_in_the_past_nor_later_than_it_was(
    sign_in: SignIn, zone: Organisation, version: CourseVersion, hr: User, days: int
) -> None:
    rule = ask(zone, version.course, hr)
    end_rule(rule=rule, last_day=today() + 4 * DAY, actor=hr)
    form = {"last_day": (today() + days * DAY).isoformat()}

    response = sign_in(hr).post(f"{RULES}{rule.public_id}/end/", form)

    assert list(response.context["form"].errors) == ["last_day"]
    assert days_of_rules() == [(today(), today() + 4 * DAY)]


def test_who_answers_for_two_organisations_says_for_which(
    sign_in: SignIn, zone: Organisation, version: CourseVersion, hr: User
) -> None:
    school = MembershipFactory.create(user=hr, role=Role.CHIEF, organisation__name_en="School").organisation
    client = sign_in(hr)
    form = {"course": version.course.slug, "valid_from": today().isoformat()}

    client.post(RULES, form | {"organisation": school.public_id})

    assert OrganisationRule.objects.get().organisation == school
    assert "<span>School</span>" in text(client.get(RULES))


@pytest.mark.parametrize("rows", [1, 30])
def test_the_rules_cost_the_same_for_1_and_30_rows(
    sign_in: SignIn,
    zone: Organisation,
    hr: User,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(rows):
        ask(zone, make_version().course, hr)
        make_person_with(Role.APPROVER, organisation=zone)
    client = sign_in(hr)
    with django_assert_num_queries(5):
        page = client.get(RULES)
    assert len(page.context["lasting"]) == rows
