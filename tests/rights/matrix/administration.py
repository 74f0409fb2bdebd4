"""The administration: for administrators alone, and closed where the platform writes."""

from dataclasses import replace

from tests.rights.rows import (
    ADMINISTRATOR,
    ALL_BUT_UNPROVEN,
    ANONYMOUS,
    NOBODY,
    Answer,
    Row,
    Who,
    get,
    only,
    post,
)

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
