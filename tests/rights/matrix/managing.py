"""What catalogue managers keep, and what their partners see of it."""

from courses.models import Course
from tests.courses.editing import filled, new_course
from tests.rights.rows import (
    ADMINISTRATOR,
    BOTH_PARTNERS,
    MANAGERS,
    NOBODY,
    SEES_FOREIGN,
    Data,
    File,
    Row,
    Who,
    get,
    only,
    post,
    refused,
)

GENERIC = {f"generic_title_{language}": "Vorming" for language in ("nl", "fr", "de", "en")}
VENUE = {"name": "Campus"} | {f"city_{language}": "Mechelen" for language in ("nl", "fr", "de", "en")}
PROVIDER = {f"name_{language}": "Unia" for language in ("nl", "fr", "de", "en")}
ACCREDITED = {"role": "trainer", "languages": ["nl"], "valid_from": "2026-01-01"}


def edited() -> Data:
    return filled(Course.objects.get(slug="own"), summary_nl="Nieuw", save="")


def counting_in_its_place() -> Data:
    return {
        "equivalences-TOTAL_FORMS": "1",
        "equivalences-INITIAL_FORMS": "0",
        "equivalences-0-equivalent": str(Course.objects.get(slug="other").pk),
    }


CATALOGUE = [
    get("/manage/courses/", MANAGERS, 403),
    get("/manage/courses/new/", MANAGERS, 403),
    post("/manage/courses/new/", MANAGERS, 403, data=lambda: new_course(save="")),
    get("/manage/courses/own/", MANAGERS, 403),
    get("/manage/courses/own/edit/", MANAGERS, 403),
    post("/manage/courses/own/edit/", MANAGERS, 403, data=edited),
    get("/manage/courses/own/versions/1/", MANAGERS, 403),
    get("/manage/courses/own/versions/2/", NOBODY, 403, but={404: MANAGERS}),
    get("/manage/courses/own/equivalences/", MANAGERS, 403),
    post("/manage/courses/own/equivalences/", MANAGERS, 403, data=counting_in_its_place),
    get("/manage/courses/own/hide-title/", MANAGERS, 403),
    post("/manage/courses/own/hide-title/", MANAGERS, 403, data=GENERIC),
    get("/manage/courses/unused/delete/", MANAGERS, 403),
    post("/manage/courses/unused/delete/", MANAGERS, 403),
    get("/manage/venues/", MANAGERS, 403),
    get("/manage/venues/new/", MANAGERS, 403),
    post("/manage/venues/new/", MANAGERS, 403, data=VENUE),
    get("/manage/venues/{venue}/", MANAGERS, 403),
    post("/manage/venues/{venue}/", MANAGERS, 403, data=VENUE),
    get("/manage/providers/", MANAGERS, 403),
    get("/manage/providers/new/", MANAGERS, 403),
    post("/manage/providers/new/", MANAGERS, 403, data=PROVIDER | {"slug": "unia"}),
    get("/manage/providers/{provider}/", MANAGERS, 403),
    post("/manage/providers/{provider}/", MANAGERS, 403, data=PROVIDER),
    get("/manage/trainers/", MANAGERS, 403),
    get("/manage/trainers/new/", MANAGERS, 403),
    post(
        "/manage/trainers/new/",
        MANAGERS,
        403,
        data=ACCREDITED | {"person": "{other_trainer}", "course": "own"},
    ),
    # Who is no trainer can't be chosen.
    refused("/manage/trainers/new/", MANAGERS, 403, data=ACCREDITED | {"person": "{staff}", "course": "own"}),
    get("/manage/trainers/{accreditation}/", MANAGERS, 403),
    post("/manage/trainers/{accreditation}/", MANAGERS, 403, data={"languages": ["fr"]}),
]

# A partner sees of its own course that a session is there; of another's, and of a draft, not even that.
NOT_THE_OTHER_PARTNER = {404: only(Who.OTHER_PARTNER)}
NOT_MANAGERS_EITHER = {404: MANAGERS | only(Who.OTHER_PARTNER)}
NOT_PARTNERS = {404: BOTH_PARTNERS}
OPEN, DRAFT = "/manage/sessions/{open}/", "/manage/sessions/{draft}/"
DETAILS = {"language": "nl", "audience": "mixed"}
MOVED = {
    "part-1-day": "{later}",
    "part-1-start": "09:00",
    "part-1-end": "12:00",
    "part-1-venue": "{venue}",
    "confirmed": "",
}
MESSAGE = {"subject": "Room", "text": "Another room", "confirmed": ""}
SERIES = {"weeks": "1", "times": "1", "confirmed": ""}


def managed(path: str, data: Data | None = None, *, of_own_course: bool = True) -> list[Row]:
    """A page for managers about one session, and what they do there."""
    but = NOT_THE_OTHER_PARTNER if of_own_course else NOT_PARTNERS
    page = get(path, MANAGERS, 403, but=but)
    return [page] if data is None else [page, post(path, MANAGERS, 403, but=but, data=data)]


MANAGING = [
    get("/manage/sessions/", MANAGERS | BOTH_PARTNERS, 403),
    get("/manage/sessions/new/?course=own", MANAGERS, 403),
    post("/manage/sessions/new/?course=own", MANAGERS, 403, data=DETAILS),
    *managed(OPEN),
    *managed(DRAFT, of_own_course=False),
    *managed(f"{OPEN}edit/", {"practical": "Bring a pen"}),
    *managed(f"{DRAFT}edit/", DETAILS | {"as_draft": ""}, of_own_course=False),
    *managed(f"{DRAFT}delete/", {}, of_own_course=False),
    post(f"{DRAFT}publish/", MANAGERS, 403, but=NOT_PARTNERS),
    *managed(f"{OPEN}move/", MOVED),
    *managed(f"{OPEN}seats/", {"{part_of_open}": "20"}),
    *managed(f"{OPEN}reserved/", {"organisation": "{other_zone}", "seats": "1", "release_on": "{tomorrow}"}),
    *managed(f"{OPEN}reserved/{{pool}}/release/", {}),
    post(f"{OPEN}reserved/{{other_pool}}/release/", NOBODY, 403, but=NOT_MANAGERS_EITHER),
    *managed(f"{OPEN}cancel/", {"reason": "venue"}),
    post("/manage/sessions/{undecided}/take-place/", MANAGERS, 403, but=NOT_THE_OTHER_PARTNER),
    *managed(f"{OPEN}message/", MESSAGE),
    *managed(f"{OPEN}duplicate/", {"first_day": "{later}"}),
    *managed(f"{OPEN}repeat/", SERIES),
    post(
        f"{OPEN}documents/",
        MANAGERS,
        403,
        but=NOT_THE_OTHER_PARTNER,
        data={"file": File("map.pdf", "%PDF-1.7")},
    ),
    post(f"{OPEN}documents/{{plan}}/delete/", MANAGERS, 403, but=NOT_THE_OTHER_PARTNER),
    post(f"{OPEN}documents/{{other_plan}}/delete/", NOBODY, 403, but=NOT_MANAGERS_EITHER),
    *managed(f"{OPEN}staff/", {"{part_hex}-who": "trainer:{free_trainer}"}),
    *managed(f"{OPEN}staff/{{row}}/replace/", {"who": "{free_trainer}"}),
    *managed(f"{OPEN}staff/{{row}}/remove/", {}),
    post(f"{OPEN}staff/{{other_row}}/remove/", NOBODY, 403, but=NOT_MANAGERS_EITHER),
    post(
        f"{OPEN}staff/{{row}}/replace/",
        NOBODY,
        403,
        but=NOT_MANAGERS_EITHER,
        data={"who": "{staff}"},
    ),
    # For the organiser alone: not for the platform's administrators either.
    get(f"{OPEN}accessibility/", only(Who.CATALOGUE_MANAGER), 403),
    post(f"{OPEN}accessibility/{{request}}/", only(Who.CATALOGUE_MANAGER), 403),
    get(
        "/manage/sessions/{foreign}/accessibility/",
        only(Who.CATALOGUE_MANAGER),
        but={403: SEES_FOREIGN | ADMINISTRATOR},
    ),
    post(
        "/manage/sessions/{foreign}/accessibility/{request}/",
        NOBODY,
        but={403: SEES_FOREIGN | ADMINISTRATOR},
    ),
]


NEW_EDITION = {"version": "{programme_version}", "starts_on": "{today_iso}", "ends_on": "{later}"}
EDITION = "/manage/programmes/{draft_programme}/"
EDITIONS = [
    get("/manage/programmes/", MANAGERS, 403),
    get("/manage/programmes/new/", MANAGERS, 403),
    post("/manage/programmes/new/", MANAGERS, 403, data=NEW_EDITION),
    get(EDITION, MANAGERS, 403),
    post(EDITION, MANAGERS, 403, data={"starts_on": "{today_iso}", "ends_on": "{later}"}),
    post(f"{EDITION}publish/", MANAGERS, 403),
    get("/manage/programmes/{past_programme}/close/", MANAGERS, 403),
    post("/manage/programmes/{past_programme}/close/", MANAGERS, 403),
]
