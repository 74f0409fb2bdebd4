"""Who gets which answer at every address: the table of rights, read row by row.

A row says to whom an address opens, what all others are answered (403: they see that it is there; 404, unless
it is said otherwise: for them it isn't), and who is an exception. Who hasn't signed in is led to signing in,
an administrator without a second factor to setting one up, unless they are named.
"""

from dataclasses import replace

from courses.models import Course
from tests.courses.editing import filled, new_course
from tests.rights.rows import (
    ANYBODY,
    BOTH_HR,
    BOTH_PARTNERS,
    BOTH_SCHOOLS,
    MANAGERS,
    NOBODY,
    OFFICES,
    OWN_STAFF,
    OWN_ZONE,
    SIGNED_IN,
    Answer,
    Data,
    File,
    Row,
    Who,
    get,
    only,
    post,
    refused,
)

ALL_BUT_UNPROVEN = ANYBODY - only(Who.UNPROVEN)
ALL_BUT_ANONYMOUS = ANYBODY - only(Who.ANONYMOUS)
ANONYMOUS = only(Who.ANONYMOUS)
ADMINISTRATOR = only(Who.ADMINISTRATOR)

EVERYBODY = [
    get("/", ALL_BUT_UNPROVEN),
    get("/catalogue/", ALL_BUT_UNPROVEN),
    get("/catalogue/own/", ALL_BUT_UNPROVEN),
    get("/catalogue/nothing/", NOBODY, but={404: ALL_BUT_UNPROVEN}),
    get("/accessibility/", ANYBODY),
    get("/privacy/", ANYBODY),
    # Whoever holds the link that a person was mailed.
    get("/offers/{offer}/", ALL_BUT_UNPROVEN),
    post("/offers/{offer}/", ALL_BUT_UNPROVEN, data={"answer": "decline"}),
    get("/offers/{offer}x/", NOBODY, but={404: ANYBODY - {Who.UNPROVEN}}),
    get("/approvals/{approval}/", ALL_BUT_UNPROVEN),
    post("/approvals/{approval}/", ALL_BUT_UNPROVEN, data={"answer": "yes"}),
    # Of who is no approver, and one that we never sent.
    post("/approvals/{no_approval}/", NOBODY, but={403: ALL_BUT_UNPROVEN}, data={"answer": "yes"}),
    get("/approvals/{approval}x/", NOBODY, but={403: ALL_BUT_UNPROVEN}),
    get("/verify/", ALL_BUT_UNPROVEN),
    get("/verify/{code}", ALL_BUT_UNPROVEN),
    post("/verify/{code}", ALL_BUT_UNPROVEN, answer=200, changes=False, data={"name_code": "0"}),
    post("/language/", ALL_BUT_ANONYMOUS, data={"language": "fr"}, but={302: ANONYMOUS}),
    get("/health/live", ANYBODY),
    get("/health/ready", ANYBODY),
    # The demo's own pages, which exist in the demo alone.
    get("/demo/", ANYBODY),
    get("/demo/public/", ALL_BUT_UNPROVEN),
    get("/demo/outbox/", ANYBODY),
    get("/demo/outbox/nothing/", NOBODY, but={404: ANYBODY}),
    get("/demo/outbox/nothing/1/", NOBODY, but={404: ANYBODY}),
    post("/demo/sign-in/nobody/", NOBODY, but={404: ANYBODY}),
]

SECURITY = "/account/security/"
ACCOUNT = [
    get("/account/login/", ANONYMOUS, 302),
    post("/account/login/", ANONYMOUS, 302, answer=200, changes=False, data={"login": "x"}),
    get("/account/login/passkey/", NOBODY, 302),
    get("/account/login/second-step/", NOBODY, 302),
    get("/account/logout/", ALL_BUT_ANONYMOUS, but={302: ANONYMOUS}),
    post("/account/logout/", ANYBODY, changes=False),
    get("/account/inactive/", ALL_BUT_UNPROVEN),
    get("/account/reauthenticate/", ALL_BUT_ANONYMOUS),
    get("/account/password/change/", SIGNED_IN),
    post("/account/password/change/", SIGNED_IN, answer=200, changes=False, data={"oldpassword": "x"}),
    get("/account/password/set/", ALL_BUT_UNPROVEN, answer=302),
    get("/account/password/reset/", ALL_BUT_UNPROVEN),
    post("/account/password/reset/", ALL_BUT_UNPROVEN, data={"email": "{email}"}),
    get("/account/password/reset/done/", ALL_BUT_UNPROVEN),
    get("/account/password/reset/key/1-nothing/", ALL_BUT_UNPROVEN),
    get("/account/password/reset/key/done/", ALL_BUT_UNPROVEN),
    get(SECURITY, ALL_BUT_ANONYMOUS),
    get(f"{SECURITY}app/add/", ALL_BUT_ANONYMOUS, answer=Answer.AGAIN),
    get(f"{SECURITY}app/remove/", ADMINISTRATOR, answer=Answer.AGAIN),
    get(f"{SECURITY}codes/", NOBODY),
    get(f"{SECURITY}codes/renew/", SIGNED_IN, answer=Answer.AGAIN),
    get(f"{SECURITY}codes/download/", NOBODY),
    get(f"{SECURITY}passkeys/add/", ALL_BUT_ANONYMOUS, answer=Answer.AGAIN),
    get(f"{SECURITY}passkeys/nothing/name/", SIGNED_IN, answer=Answer.AGAIN),
    get(f"{SECURITY}passkeys/nothing/remove/", SIGNED_IN, answer=Answer.AGAIN),
    get(f"{SECURITY}again/code/", ADMINISTRATOR, Answer.AGAIN),
    get(f"{SECURITY}again/passkey/", SIGNED_IN, answer=Answer.AGAIN),
    # Nobody's, as long as no identity provider is named.
    post("/account/provider/", NOBODY, but={404: ALL_BUT_UNPROVEN}),
    post("/account/provider/link/", NOBODY, Answer.AGAIN),
    get("/account/provider/callback/", NOBODY, but={404: ANYBODY}),
    get("/account/provider/cancelled/", ANYBODY),
]

ONE_S_OWN = [
    get("/my/training/", SIGNED_IN),
    get("/my/profile/", SIGNED_IN),
    get("/my/certificates/", SIGNED_IN),
    get("/my/certificates/{certificate}.pdf", only(Who.STAFF)),
    post("/my/certificates/request/{completion}/", only(Who.STAFF)),
    get("/my/sign-ins/", SIGNED_IN),
    post("/my/sign-ins/{sign_in}/end/", only(Who.STAFF)),
    # The others have nothing to end.
    post("/my/sign-ins/end-others/", only(Who.STAFF), 302),
]

# Of the session that is for the other zone alone.
SEES_FOREIGN = only(Who.OTHER_STAFF, Who.OTHER_HR, Who.OTHER_TRAINER)
SESSIONS = [
    get("/sessions/{open}/", SIGNED_IN),
    get("/sessions/{restricted}/", OWN_ZONE | MANAGERS | only(Who.TRAINER)),
    get("/sessions/{foreign}/", SEES_FOREIGN | MANAGERS),
    get("/sessions/{draft}/", MANAGERS | only(Who.TRAINER)),
    get("/sessions/{cancelled}/", MANAGERS | only(Who.TRAINER)),
    # Who sees it and may not enrol reads why.
    post(
        "/sessions/{restricted}/enrol/",
        OWN_STAFF,
        but={200: MANAGERS | only(Who.HR, Who.CHIEF, Who.APPROVER, Who.TRAINER)},
    ),
    post(
        "/sessions/{foreign}/enrol/",
        only(Who.OTHER_STAFF),
        but={200: MANAGERS | only(Who.OTHER_HR, Who.OTHER_TRAINER)},
    ),
    refused("/sessions/{draft}/enrol/", MANAGERS | only(Who.TRAINER)),
    refused("/sessions/{cancelled}/enrol/", MANAGERS | only(Who.TRAINER)),
    # Who isn't in it is led back to it.
    get("/sessions/{open}/withdraw/", only(Who.STAFF), 302),
    post("/sessions/{open}/withdraw/", only(Who.STAFF), 302),
    get("/sessions/{open}/move/{restricted}/", only(Who.STAFF)),
    post("/sessions/{open}/move/{restricted}/", only(Who.STAFF)),
    # Of another course.
    post("/sessions/{open}/move/{foreign}/", NOBODY),
    post("/sessions/{open}/queue/ask-again/", only(Who.STAFF), changes=False),
    post("/sessions/{open}/queue/notice/", only(Who.STAFF), changes=False, data={"days": "14"}),
    post("/sessions/{waited_for}/queue/ask-again/", only(Who.COLLEAGUE)),
    post("/sessions/{waited_for}/queue/notice/", only(Who.COLLEAGUE), data={"days": "14"}),
    get("/sessions/{open}/calendar.ics", only(Who.STAFF)),
    get("/sessions/{open}/needs/", only(Who.STAFF)),
    post("/sessions/{open}/needs/", only(Who.STAFF), data={"needs": "An interpreter"}),
    get("/sessions/{open}/documents/{plan}/", MANAGERS | only(Who.STAFF, Who.TRAINER)),
    get("/sessions/{foreign}/documents/{other_plan}/", MANAGERS | only(Who.OTHER_TRAINER)),
    get("/sessions/{open}/documents/{other_plan}/", NOBODY),
]

MAKE_UP = "/sessions/{missed_in}/make-up/2/"
GIVE_BACK = "/sessions/{made_up_in}/make-up/{make_up}/cancel/"
# Who has a date already is led to it.
HAS_A_DATE = {302: only(Who.COLLEAGUE)}
MAKING_UP = [
    get(MAKE_UP, only(Who.STAFF, Who.ASPIRANT), but=HAS_A_DATE),
    post(MAKE_UP, only(Who.STAFF, Who.ASPIRANT), but=HAS_A_DATE, data={"meeting": "{make_up}"}),
    post(MAKE_UP, OWN_STAFF, changes=False, data={"meeting": "{part_of_open}"}),
    post(MAKE_UP, NOBODY, data={"meeting": "{part_of_foreign}"}),
    get(GIVE_BACK, only(Who.COLLEAGUE)),
    post(GIVE_BACK, only(Who.COLLEAGUE)),
]

# Who is no staff member reads why not.
AWAITING = [
    post("/catalogue/own/await/", OWN_STAFF | only(Who.OTHER_STAFF), 302),
    post("/catalogue/own/await/stop/", SIGNED_IN, changes=False),
    post("/catalogue/nothing/await/", NOBODY),
    get("/manage/awaited/", MANAGERS, 403),
]

STAFF_MEMBERS = OWN_STAFF | only(Who.OTHER_STAFF)
PROGRAMME, PROGRAMME_DRAFT = "/programmes/{programme}/", "/programmes/{draft_programme}/"
CHOOSING = [
    get(PROGRAMME, SIGNED_IN),
    get(PROGRAMME_DRAFT, MANAGERS),
    # Who is no staff member reads why they can't choose.
    post(PROGRAMME, STAFF_MEMBERS, 200, data={"take": ["{workshop}"]}),
    post(PROGRAMME, NOBODY, data={"take": ["{other_workshop}"]}),
    # All others are led to the session.
    get("/sessions/{by_consent}/consent/", STAFF_MEMBERS, 302),
    post("/sessions/{by_consent}/enrol/", STAFF_MEMBERS, 200, data={"consent": "1"}),
    refused("/sessions/{by_consent}/enrol/", SIGNED_IN),
]
ASKING, DECIDING = "/sessions/{demanding}/exception/own/", "/manage/exceptions/{demanding_exception}/"
# A colleague among the staff has what comes first, and nobody else can enrol.
LACKING = only(Who.COLLEAGUE, Who.ASPIRANT, Who.OTHER_STAFF)
FOR_ORGANISERS = only(Who.CATALOGUE_MANAGER)
OF_OTHER_ORGANISERS = {404: FOR_ORGANISERS}
EXCEPTIONS = [
    get(ASKING, SIGNED_IN),
    post(ASKING, LACKING, data={"reason": "planned"}, but={302: SIGNED_IN - LACKING}),
    get("/sessions/{demanding}/exception/other/", NOBODY),
    get("/sessions/{open}/exception/own/", NOBODY),
    get("/manage/exceptions/", FOR_ORGANISERS, 403),
    get(f"{DECIDING}grant/", FOR_ORGANISERS, 403),
    post(f"{DECIDING}grant/", FOR_ORGANISERS, 403),
    get(f"{DECIDING}decline/", FOR_ORGANISERS, 403),
    post(f"{DECIDING}decline/", FOR_ORGANISERS, 403),
    get("/manage/exceptions/{other_demanding_exception}/grant/", NOBODY, 403, but=OF_OTHER_ORGANISERS),
    post("/manage/exceptions/{other_demanding_exception}/decline/", NOBODY, 403, but=OF_OTHER_ORGANISERS),
]

INVITATION = "/teach/sessions/{open}/invitation/"
ROSTER = "/teach/sessions/{today}/roster/"
PART, PART_OF_ANOTHER = f"{ROSTER}{{part_of_today}}/", f"{ROSTER}{{part_of_elsewhere}}/"
CLOSED = "/teach/sessions/{closed}/roster/{part_of_closed}/"
PRESENT = {"seat": "{enrolment}", "state": "present"}
OF_ANOTHER = {"seat": "{other_enrolment}", "state": "present"}
CORRECTION = {"seat": "{closed_enrolment}", "state": "absent", "reason": "typing_error"}
TEACHING = [
    get("/teach/", SIGNED_IN),
    get(INVITATION, only(Who.TRAINER, Who.INVITED_TRAINER)),
    post(INVITATION, only(Who.TRAINER, Who.INVITED_TRAINER), data={"answer": "declined"}),
    get(ROSTER, only(Who.TRAINER)),
    get(f"{ROSTER}?part={{part_of_elsewhere}}", NOBODY),
    get("/teach/sessions/{elsewhere}/roster/", only(Who.OTHER_TRAINER)),
    post(f"{PART}mark/", only(Who.TRAINER), data=PRESENT),
    post(f"{PART}mark/", NOBODY, data=OF_ANOTHER),
    post(f"{PART_OF_ANOTHER}mark/", NOBODY, data=OF_ANOTHER),
    post(f"{PART}mark-rest/", only(Who.TRAINER), data=PRESENT),
    post(f"{PART_OF_ANOTHER}mark-rest/", NOBODY, data=PRESENT),
    # Somebody has no mark yet.
    post(f"{PART}close/", only(Who.TRAINER), changes=False),
    post(f"{PART_OF_ANOTHER}close/", NOBODY),
    get(f"{PART}door/", only(Who.TRAINER)),
    post(f"{PART}door/", only(Who.TRAINER), data={"who": "{colleague_number}", "sure": "on"}),
    refused(f"{PART}door/", only(Who.TRAINER), data={"who": "Peeters"}),
    post(f"{PART_OF_ANOTHER}door/", NOBODY, data={"who": "{colleague_number}", "sure": "on"}),
    post(f"{CLOSED}amend/", only(Who.TRAINER), data=CORRECTION),
    post(f"{CLOSED}amend/", NOBODY, data=CORRECTION | OF_ANOTHER),
    post(f"{PART_OF_ANOTHER}amend/", NOBODY, data=CORRECTION),
]

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
    post(f"{OPEN}reserved/{{pool}}/release/", MANAGERS, 403, but=NOT_THE_OTHER_PARTNER),
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


def on_behalf(
    area: str, person: str, made: str, leaver: str, substitute: str, office: Who, other: Who
) -> list[Row]:
    """HR and academies act for their own people, and for nobody else's."""
    own, elsewhere = only(office), {404: only(other)}
    enrol = f"/{area}/people/{{{person}}}/enrol/"
    return [
        get(enrol, own, 403, but=elsewhere),
        get(f"{enrol}{{restricted}}/", own, 403, but=elsewhere),
        post(f"{enrol}{{restricted}}/", own, 403, but=elsewhere),
        # Not for this person's organisations, so that there is nothing to enrol in.
        post(f"{enrol}{{foreign}}/", NOBODY, 403, but={404: only(office, other)}),
        get(f"{enrol}{{draft}}/", NOBODY, 403, but={404: only(office, other)}),
        get(f"{enrol}{{{made}}}/take-back/", own, 403, but=elsewhere),
        post(f"{enrol}{{{made}}}/take-back/", own, 403, but=elsewhere),
        get(f"{enrol}{{{made}}}/move/", own, 403, but=elsewhere),
        get(f"{enrol}{{{made}}}/move/{{restricted}}/", own, 403, but=elsewhere),
        post(f"{enrol}{{{made}}}/move/{{restricted}}/", own, 403, but=elsewhere),
        # Of another course.
        post(f"{enrol}{{{made}}}/move/{{foreign}}/", NOBODY, 403, but={404: only(office, other)}),
        get(f"{enrol}{{{made}}}/replace/", own, 403, but=elsewhere),
        post(f"{enrol}{{{made}}}/replace/", own, 403, but=elsewhere, changes=False, data={"q": "a"}),
        get(f"{enrol}{{{made}}}/replace/{{{substitute}}}/", own, 403, but=elsewhere),
        post(f"{enrol}{{{made}}}/replace/{{{substitute}}}/", own, 403, but=elsewhere),
        # Somebody of elsewhere is nobody to replace with.
        post(f"{enrol}{{{made}}}/replace/{{other_staff}}/", NOBODY, 403, but={404: only(office, other)}),
        get(f"/{area}/leavers/", only(office, other), 403),
        post(f"/{area}/leavers/{{{leaver}}}/", own, 403, but=elsewhere),
    ]


ON_BEHALF = [
    *on_behalf("hr", "colleague", "enrolled_by_hr", "leaver", "staff", Who.HR, Who.OTHER_HR),
    *on_behalf(
        "academy",
        "aspirant",
        "enrolled_by_school",
        "school_leaver",
        "to_plan",
        Who.COORDINATOR,
        Who.OTHER_COORDINATOR,
    ),
    # What the person chose themselves, or another office chose, is not this office's to take back.
    post("/hr/people/{staff}/enrol/{open}/take-back/", NOBODY, 403, but={404: BOTH_HR}),
    post("/hr/people/{staff}/enrol/{open}/move/{restricted}/", NOBODY, 403, but={404: BOTH_HR}),
    post("/hr/people/{aspirant}/enrol/{enrolled_by_school}/take-back/", NOBODY, 403, but={404: BOTH_HR}),
]

HR_AND_ADMINISTRATOR = only(Who.HR, Who.ADMINISTRATOR)
OTHER_OFFICES = {404: OFFICES - HR_AND_ADMINISTRATOR}
REFUSED_TO_OTHERS = {200: OTHER_OFFICES[404]}
PEOPLE_FILE = File("people.csv", "stamnummer;naam;voornaam;zone\n2;Maes;An;{zone_code}")
PAST_FILE = File("past.csv", "opleiding;datum;zone;stamnummer;naam;voornaam\nown;1/6/2024;{zone_code};;;")
HEADCOUNTS = File("counts.csv", "zone;kader;datum;aantal\n{zone_code};operational;1/1/2026;40")
LIST, HISTORY = "/hr/people/import/{list}/", "/hr/history/{history}/"
NOT_HR_S = {404: OFFICES - only(Who.HR)}
LAST_DAY = {"last_day": "{today_iso}"}
TRAINER_UNTIL = {"role": "trainer", "valid_until": "{later}"}
PEOPLE = [
    get("/hr/people/", OFFICES, 403),
    post("/hr/people/", OFFICES, 403, changes=False, data={"q": "jo"}),
    get("/hr/people/{staff}/roles/", HR_AND_ADMINISTRATOR, 403, but=OTHER_OFFICES),
    get(
        "/hr/people/{other_staff}/roles/",
        only(Who.OTHER_HR, Who.ADMINISTRATOR),
        403,
        but={404: only(Who.HR) | BOTH_SCHOOLS},
    ),
    get(
        "/hr/people/{aspirant}/roles/",
        only(Who.HR, Who.COORDINATOR, Who.ADMINISTRATOR),
        403,
        but={404: only(Who.OTHER_HR, Who.OTHER_COORDINATOR)},
    ),
    post(
        "/hr/people/{staff}/roles/",
        HR_AND_ADMINISTRATOR,
        403,
        but=OTHER_OFFICES,
        data=TRAINER_UNTIL | {"organisation": "{zone_pk}"},
    ),
    # Not in a foreign zone, and no greater role: the form comes back.
    post(
        "/hr/people/{staff}/roles/",
        only(Who.ADMINISTRATOR),
        403,
        but=OTHER_OFFICES | {200: only(Who.HR)},
        data=TRAINER_UNTIL | {"organisation": "{other_zone_pk}"},
    ),
    post(
        "/hr/people/{staff}/roles/",
        only(Who.ADMINISTRATOR),
        403,
        but=OTHER_OFFICES | {200: only(Who.HR)},
        data={"role": "hr", "valid_until": "{later}", "organisation": "{zone_pk}"},
    ),
    get(
        "/hr/people/{staff}/roles/employee/{zone}/end/",
        HR_AND_ADMINISTRATOR,
        403,
        but=OTHER_OFFICES,
    ),
    post(
        "/hr/people/{staff}/roles/employee/{zone}/end/",
        HR_AND_ADMINISTRATOR,
        403,
        but=OTHER_OFFICES,
        data=LAST_DAY,
    ),
    # What HR sees and did not give.
    post(
        "/hr/people/{chief}/roles/chief/{zone}/end/",
        only(Who.ADMINISTRATOR),
        403,
        but=OTHER_OFFICES,
        data=LAST_DAY,
    ),
    # What somebody is elsewhere is not there for this HR.
    post(
        "/hr/people/{aspirant}/roles/aspirant/{school}/end/",
        only(Who.COORDINATOR, Who.ADMINISTRATOR),
        403,
        but={404: BOTH_HR | only(Who.OTHER_COORDINATOR)},
        data=LAST_DAY,
    ),
    post("/hr/people/{newcomer}/link/", HR_AND_ADMINISTRATOR, 403, but=OTHER_OFFICES),
    get("/hr/people/import/", OFFICES, 403),
    post("/hr/people/import/", OFFICES, 403, data={"file": PEOPLE_FILE}),
    get("/hr/people/import/example.csv", OFFICES, 403),
    get(LIST, only(Who.HR), 403, but=NOT_HR_S),
    post(f"{LIST}confirm/", only(Who.HR), 403, but=NOT_HR_S),
    post(f"{LIST}cancel/", only(Who.HR), 403, but=NOT_HR_S),
    get("/hr/history/", OFFICES, 403),
    post(
        "/hr/history/",
        HR_AND_ADMINISTRATOR,
        403,
        but=REFUSED_TO_OTHERS,
        data={"file": PAST_FILE},
    ),
    get(HISTORY, only(Who.HR), 403, but=NOT_HR_S),
    post(f"{HISTORY}import/", only(Who.HR), 403, but=NOT_HR_S),
    post(f"{HISTORY}cancel/", only(Who.HR), 403, but=NOT_HR_S),
]

COORDINATOR = only(Who.COORDINATOR)
NOT_THE_OTHER_SCHOOL = {404: only(Who.OTHER_COORDINATOR)}
COHORT, OTHER_COHORT = "/academy/cohorts/{cohort}/", "/academy/cohorts/{other_cohort}/"
PERSON, ASSIGNMENT = f"{COHORT}people/{{aspirant}}/", f"{COHORT}tracks/{{assignment}}/"
CLASSES = {"school": "{school_pk}", "starts_on": "{today_iso}"}
CLASS_FILE = File("classes.csv", "stamnummer;naam;voornaam;klas\n4;Maes;Els;1C")
EXEMPTION = {"course": "own", "reason": "equivalent", "valid_from": "{today_iso}"}
DUE = {"own": "{later}", "other": "{later}", "in-parts": "{later}"}
TRACK = {"track": "{new_track}", "due_on": "{later}", "whom": "class"}
PLAN = f"{COHORT}plan/own/?session={{open}}"
PLANNED = {"person-{to_plan}": "{open}", "shown-{open}": "0", "confirm": ""}


def in_the_class(path: str, data: Data | None = None) -> list[Row]:
    """A page about a class of the own school, and what its coordinator does there."""
    page = get(path, COORDINATOR, 403, but=NOT_THE_OTHER_SCHOOL)
    return [page] if data is None else [page, of_the_class(path, data)]


def of_the_class(path: str, data: Data | None = None) -> Row:
    return post(path, COORDINATOR, 403, but=NOT_THE_OTHER_SCHOOL, data=data or {})


def of_no_class(path: str, data: Data | None = None) -> Row:
    """What is of another class, or of nobody in this one, is not found there."""
    return post(path, NOBODY, 403, but={404: BOTH_SCHOOLS}, data=data or {})


ACADEMY = [
    get("/academy/", BOTH_SCHOOLS, 403),
    get("/academy/cohorts/", BOTH_SCHOOLS, 403),
    get(OTHER_COHORT, only(Who.OTHER_COORDINATOR), 403, but={404: COORDINATOR}),
    *in_the_class(COHORT),
    *in_the_class(f"{COHORT}class.xlsx"),
    *in_the_class(PERSON, EXEMPTION),
    of_no_class(f"{COHORT}people/{{of_other_class}}/", EXEMPTION),
    *in_the_class(f"{PERSON}make-up/{{missed_in}}/2/", {"meeting": "{make_up}"}),
    # No step of theirs, and nobody of the class.
    of_no_class(f"{PERSON}make-up/{{open}}/1/", {"meeting": "{make_up}"}),
    of_no_class(f"{COHORT}people/{{of_other_class}}/make-up/{{missed_in}}/2/", {"meeting": "{make_up}"}),
    of_the_class(f"{PERSON}exemptions/{{exemption}}/revoke/"),
    of_no_class(f"{COHORT}people/{{to_plan}}/exemptions/{{exemption}}/revoke/"),
    *in_the_class(f"{COHORT}tracks/", TRACK),
    *in_the_class(ASSIGNMENT, DUE),
    of_no_class(f"{COHORT}tracks/{{other_assignment}}/", DUE),
    *in_the_class(f"{ASSIGNMENT}end/", {}),
    of_no_class(f"{COHORT}tracks/{{other_assignment}}/end/"),
    *in_the_class(f"{COHORT}plan/own/"),
    *in_the_class(PLAN, PLANNED),
    # Who is not in this class has no place in its plan.
    post(
        PLAN,
        NOBODY,
        403,
        but=NOT_THE_OTHER_SCHOOL | {409: COORDINATOR},
        data=PLANNED | {"person-{of_other_class}": "{open}"},
    ),
    get("/academy/lists/", BOTH_SCHOOLS, 403),
    post(
        "/academy/lists/",
        COORDINATOR,
        403,
        but={200: only(Who.OTHER_COORDINATOR)},
        data=CLASSES | {"file": CLASS_FILE},
    ),
    *in_the_class("/academy/lists/{class_list}/"),
    of_the_class("/academy/lists/{class_list}/confirm/"),
    of_the_class("/academy/lists/{class_list}/cancel/"),
]

RULING = BOTH_HR | only(Who.CHIEF)
RULES = "/hr/approvals/rules/"
APPROVED_FIRST = {"course": "own", "valid_from": "{today_iso}"}
PENDING, OTHER_PENDING = "/hr/approvals/{pending}/", "/hr/approvals/{other_pending}/"
APPROVER = only(Who.APPROVER)
APPROVALS = [
    get("/hr/approvals/", BOTH_HR | APPROVER, 403, but={302: only(Who.CHIEF)}),
    get(PENDING, APPROVER, 403, but={404: BOTH_HR}),
    post(PENDING, APPROVER, 403, but={404: BOTH_HR}, data={"answer": "no"}),
    get(OTHER_PENDING, only(Who.OTHER_HR), 403, but={404: only(Who.HR, Who.APPROVER)}),
    post(
        OTHER_PENDING, only(Who.OTHER_HR), 403, but={404: only(Who.HR, Who.APPROVER)}, data={"answer": "yes"}
    ),
    get(RULES, RULING, 403),
    post(
        RULES,
        only(Who.HR, Who.CHIEF),
        403,
        but={200: only(Who.OTHER_HR)},
        data=APPROVED_FIRST | {"organisation": "{zone}"},
    ),
    get(f"{RULES}{{rule}}/end/", only(Who.HR, Who.CHIEF), 403, but={404: only(Who.OTHER_HR)}),
    post(f"{RULES}{{rule}}/end/", only(Who.HR, Who.CHIEF), 403, but={404: only(Who.OTHER_HR)}, data=LAST_DAY),
    post(
        f"{RULES}{{other_rule}}/end/",
        only(Who.OTHER_HR),
        403,
        but={404: only(Who.HR, Who.CHIEF)},
        data=LAST_DAY,
    ),
]

SEES_FIGURES = BOTH_HR | BOTH_SCHOOLS | only(Who.CHIEF)
OF_OWN_ZONE = "organisation={zone_code}"
NOT_OF_OWN_ZONE = {404: SEES_FIGURES - only(Who.HR, Who.CHIEF)}
REPORTING = [
    get("/hr/figures/", SEES_FIGURES, 403),
    get(f"/hr/figures/?{OF_OWN_ZONE}", only(Who.HR, Who.CHIEF), 403, but=NOT_OF_OWN_ZONE),
    get("/hr/exports/figures.csv", SEES_FIGURES, 403),
    get(f"/hr/exports/figures.xlsx?{OF_OWN_ZONE}", only(Who.HR, Who.CHIEF), 403, but=NOT_OF_OWN_ZONE),
    get("/hr/exports/completions.csv", BOTH_HR, 403),
    get(f"/hr/exports/completions.xlsx?{OF_OWN_ZONE}", only(Who.HR), 403, but={404: only(Who.OTHER_HR)}),
    get("/hr/search/", BOTH_HR, 403),
    post("/hr/search/", BOTH_HR, 403, changes=False, data={"q": "jo"}),
    get("/hr/people/{staff}/", only(Who.HR), 403, but={404: only(Who.OTHER_HR)}),
    get("/hr/headcounts/", BOTH_HR | only(Who.ADMINISTRATOR), 403),
    post(
        "/hr/headcounts/",
        HR_AND_ADMINISTRATOR,
        403,
        but={200: only(Who.OTHER_HR)},
        data={"file": HEADCOUNTS},
    ),
]

ORGANISATION = {
    "kind": "zone",
    "code": "{zone_code}",
    "name_nl": "Noord",
    "languages": "nl",
    "valid_from": "2002-01-01",
    "-1-TOTAL_FORMS": "0",
    "-1-INITIAL_FORMS": "0",
}
ADMIN = "/operate/admin/"
# Who may not open the administration is led to its sign-in, and there refused.
AWAY = Answer.SIGN_IN
READ_ONLY = {
    "core/auditentry": "entry_pk",
    "notifications/message": "message_pk",
    "attendance/roster": "roster_pk",
    "attendance/mark": "mark_pk",
    "certificates/certificate": "certificate_pk",
    "enrolment/auditrun": "audit_pk",
}
BY_HAND = {"people/user": "user_pk", "people/organisation": "zone_pk", "people/membership": "membership_pk"}


def administered(model: str, pk: str, *, by_hand: bool) -> list[Row]:
    """The pages of one model; nothing is deleted, and what the platform writes is not added or changed."""
    listed, one = f"{ADMIN}{model}/", f"{ADMIN}{model}/{{{pk}}}/"
    closed = [f"{one}delete/"] if by_hand else [f"{one}delete/", f"{one}change/", f"{listed}add/"]
    rows = [
        get(listed, ADMINISTRATOR, AWAY),
        get(f"{listed}add/", ADMINISTRATOR if by_hand else NOBODY, AWAY, but={403: ADMINISTRATOR}),
        get(one, ADMINISTRATOR, AWAY, answer=302),
        get(f"{one}change/", ADMINISTRATOR, AWAY),
        get(f"{one}history/", ADMINISTRATOR, AWAY),
        get(f"{one}delete/", NOBODY, AWAY, but={403: ADMINISTRATOR}),
        *(post(path, NOBODY, AWAY, but={403: ADMINISTRATOR}) for path in closed),
    ]
    # One door for all of them, at which everybody is asked below.
    return [replace(row, asked_as=only(Who.ANONYMOUS, Who.UNPROVEN, Who.HR, *ADMINISTRATOR)) for row in rows]


ADMINISTRATION = [
    get(ADMIN, ADMINISTRATOR, AWAY),
    get(f"{ADMIN}login/", ADMINISTRATOR, 403, answer=302),
    get(f"{ADMIN}password_change/", ALL_BUT_UNPROVEN, answer=302),
    get(f"{ADMIN}password_change/done/", ADMINISTRATOR, AWAY),
    get(f"{ADMIN}jsi18n/", ADMINISTRATOR, AWAY),
    get(f"{ADMIN}people/", ADMINISTRATOR, AWAY),
    get(f"{ADMIN}nothing/", NOBODY, AWAY, but={404: ADMINISTRATOR}),
    get(f"{ADMIN}r/1/1/", NOBODY, AWAY, but={404: ADMINISTRATOR}),
    get(f"{ADMIN}autocomplete/?app_label=people&model_name=membership&field_name=user", ADMINISTRATOR, AWAY),
    post(f"{ADMIN}logout/", ADMINISTRATOR, 302, answer=200, changes=False, but={302: ANONYMOUS}),
    *(row for model, pk in READ_ONLY.items() for row in administered(model, pk, by_hand=False)),
    *(row for model, pk in BY_HAND.items() for row in administered(model, pk, by_hand=True)),
    post(f"{ADMIN}people/organisation/{{zone_pk}}/change/", ADMINISTRATOR, AWAY, data=ORGANISATION),
    post(
        f"{ADMIN}people/membership/{{membership_pk}}/change/",
        ADMINISTRATOR,
        AWAY,
        data={"valid_until": "{later}"},
    ),
]

AREAS = {
    "everybody": EVERYBODY,
    "account": ACCOUNT,
    "one's own": ONE_S_OWN,
    "sessions": SESSIONS,
    "making up": MAKING_UP,
    "awaiting": AWAITING,
    "choosing": CHOOSING,
    "exceptions": EXCEPTIONS,
    "teaching": TEACHING,
    "catalogue": CATALOGUE,
    "managing": MANAGING,
    "editions": EDITIONS,
    "on behalf": ON_BEHALF,
    "people": PEOPLE,
    "academy": ACADEMY,
    "approvals": APPROVALS,
    "reporting": REPORTING,
    "administration": ADMINISTRATION,
}
