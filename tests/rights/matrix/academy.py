"""What a coordinator does with the classes of the own school."""

from tests.rights.rows import BOTH_SCHOOLS, NOBODY, Data, File, Row, Who, get, only, post

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
