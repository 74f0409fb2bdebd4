"""What one follows, and what one gives."""

from tests.rights.rows import (
    MANAGERS,
    NOBODY,
    OWN_STAFF,
    OWN_ZONE,
    SEES_FOREIGN,
    SIGNED_IN,
    Who,
    get,
    only,
    post,
    refused,
)

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
    post(f"{ASKING}take-back/", SIGNED_IN, changes=False),
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
    get(f"{PART}door/{{walked_in}}/undo/", only(Who.TRAINER)),
    post(f"{PART}door/{{walked_in}}/undo/", only(Who.TRAINER)),
    # Who had booked, and whoever is in another session.
    get(f"{PART}door/{{enrolment}}/undo/", NOBODY),
    post(f"{PART_OF_ANOTHER}door/{{walked_in}}/undo/", NOBODY),
    post(f"{CLOSED}amend/", only(Who.TRAINER), data=CORRECTION),
    post(f"{CLOSED}amend/", NOBODY, data=CORRECTION | OF_ANOTHER),
    post(f"{PART_OF_ANOTHER}amend/", NOBODY, data=CORRECTION),
]
