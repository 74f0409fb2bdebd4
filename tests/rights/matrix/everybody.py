"""What opens to whoever comes: the public pages, an account, and what is one's own."""

from tests.rights.rows import (
    ADMINISTRATOR,
    ALL_BUT_ANONYMOUS,
    ALL_BUT_UNPROVEN,
    ANONYMOUS,
    ANYBODY,
    NOBODY,
    SIGNED_IN,
    Answer,
    Who,
    get,
    only,
    post,
)

# Whoever holds the link that somebody was mailed; who signed in as somebody else was passed that mail.
APPROVER_S_MAIL = only(Who.ANONYMOUS, Who.APPROVER)

EVERYBODY = [
    get("/", ALL_BUT_UNPROVEN),
    get("/catalogue/", ALL_BUT_UNPROVEN),
    get("/catalogue/own/", ALL_BUT_UNPROVEN),
    get("/catalogue/nothing/", NOBODY, but={404: ALL_BUT_UNPROVEN}),
    get("/accessibility/", ANYBODY),
    get("/privacy/", ANYBODY),
    get("/offers/{offer}/", ANONYMOUS),
    post("/offers/{offer}/", ANONYMOUS, data={"answer": "decline"}),
    get("/offers/{offer}x/", NOBODY, but={404: ANYBODY - {Who.UNPROVEN}}),
    get("/approvals/{approval}/", APPROVER_S_MAIL, 403),
    post("/approvals/{approval}/", APPROVER_S_MAIL, 403, data={"answer": "yes"}),
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
