"""One's own path under My training: what is done, booked and next, and a suggestion that nobody else sees."""

import datetime as dt

import pytest
from django.utils.html import strip_tags

from courses.models import CourseVersion, Track
from people.models import User
from tests.factories import make_confirmed, make_session
from tests.pages import SignIn
from tests.tracks.conftest import TODAY
from tests.tracks.helpers import assign, complete, join, make_training
from tracks.models import Cohort
from tracks.services.assignments import set_due_days

pytestmark = pytest.mark.django_db


def test_the_path_says_what_is_done_booked_and_next(
    sign_in: SignIn, cohort: Cohort, track: Track, law: CourseVersion, hpm: CourseVersion, coordinator: User
) -> None:
    aspirant = join(cohort)
    assignment = assign(track, cohort)
    yesterday = TODAY - dt.timedelta(days=1)
    set_due_days(assignment=assignment, due_days={law.course_id: yesterday}, actor=coordinator)
    session = make_session(version=hpm, starts_in=dt.timedelta(days=10))
    make_confirmed(session, aspirant)
    client = sign_in(aspirant)
    page = client.get("/my/training/").content.decode()
    path = page[page.index('class="path"') : page.index("</ol>")]
    # Without blame: no word of being late.
    assert "Was due on Sat 21 Nov 2026, and can still be done" in path
    assert "late" not in strip_tags(path).lower()
    assert 'href="/catalogue/law/#dates"' in path
    assert "Booked on Wed 2 Dec 2026" in path
    assert session.get_absolute_url() in path
    assert path.index("LAW") < path.index("HPM")
    assert path.count('aria-current="step"') == 1
    complete(aspirant, law)
    assert "Done on Sun 22 Nov 2026" in client.get("/my/training/").content.decode()


def test_a_suggestion_is_for_the_aspirant_s_eyes_only(
    sign_in: SignIn, cohort: Cohort, track: Track, coordinator: User
) -> None:
    voluntary = make_training("eyes", obligation="never_mandatory", sensitivity="sensitive")
    track.suggestions.add(voluntary.course)
    assign(track, cohort)
    page = sign_in(join(cohort)).get("/my/training/").content.decode()
    assert "EYES" in page
    assert "Only you see this suggestion." in page
    assert "EYES" not in sign_in(coordinator).get("/my/training/").content.decode()


def test_who_has_no_track_has_no_path(sign_in: SignIn, cohort: Cohort) -> None:
    assert 'class="path"' not in sign_in(join(cohort)).get("/my/training/").content.decode()
