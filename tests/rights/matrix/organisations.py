"""What HR, chiefs and academies do for their own people, and read of them."""

from tests.rights.rows import BOTH_HR, BOTH_SCHOOLS, NOBODY, OFFICES, File, Row, Who, get, only, post


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
