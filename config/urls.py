"""Addresses: part of the interface, so stable and readable."""

from allauth.account import views as account
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.base import views as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.transaction import atomic
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView

from people.http import open_without_factor
from people.views import security

# One way to sign in, with one set of limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# None of them means anything here, and what is done there by hand would leave no trace.
without_pages = (Group, EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken)
admin.site.unregister([model for model in without_pages if admin.site.is_registered(model)])

admin.site.site_title = admin.site.site_header = settings.PRODUCT_NAME
admin.site.index_title = _("Administration")

to_change = RedirectView.as_view(pattern_name="account_change_password")
to_reset = RedirectView.as_view(pattern_name="account_reset_password")

# Setting up a second factor; each act is whole, with its mail and its trace, or isn't.
security_urlpatterns = [
    path("", security.security, name="mfa_index"),
    path("app/add/", open_without_factor(app.activate_totp), name="mfa_activate_totp"),
    path("app/remove/", atomic(app.deactivate_totp), name="mfa_deactivate_totp"),
    path("codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("codes/renew/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("codes/download/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("passkeys/add/", open_without_factor(atomic(passkeys.add_webauthn)), name="mfa_add_webauthn"),
    path("passkeys/<str:credential>/name/", security.RenamePasskey.as_view(), name="mfa_edit_webauthn"),
    path(
        "passkeys/<str:credential>/remove/",
        atomic(security.RemovePasskey.as_view()),
        name="mfa_remove_webauthn",
    ),
    path("again/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("again/passkey/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
]

# Those of allauth's pages that are offered, under allauth's names; there is no sign-up.
account_urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("login/passkey/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("login/second-step/", mfa.authenticate, name="mfa_authenticate"),
    path("logout/", open_without_factor(account.logout), name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", open_without_factor(account.reauthenticate), name="account_reauthenticate"),
    path("security/", include(security_urlpatterns)),
    path("password/change/", account.password_change, name="account_change_password"),
    # Who has no password yet chooses the first one by mail, as all do.
    path("password/set/", to_reset, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]

urlpatterns: list[URLPattern | URLResolver] = [
    *([path("", include("demo.urls"))] if settings.DEMO else []),
    path("", include("portal.urls")),
    path("account/", include(account_urlpatterns)),
    path("", include("people.urls")),
    path("", include("courses.urls")),
    path("", include("enrolment.urls")),
    path("", include("attendance.urls")),
    path("", include("tracks.urls")),
    path("", include("certificates.urls")),
    path("", include("reporting.urls")),
    path("operate/admin/password_change/", to_change),
    path("operate/admin/", admin.site.urls),
]
