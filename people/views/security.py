"""How one signs in: the password, the second step, passkeys."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import EditWebAuthnView, RemoveWebAuthnView
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from people.http import SignedInRequest, open_without_factor
from people.models import User
from people.rules import must_have_factor

ANOTHER_FIRST = _("Your role asks for a second step. Add another one before you remove this.")


@open_without_factor
@login_required
def security(request: SignedInRequest) -> HttpResponse:
    """Each way of signing in, and what can be done about it."""
    factors = Authenticator.objects.filter(user=request.user).order_by("created_at", "pk")
    by_type: dict[str, list[Authenticator]] = {}
    for factor in factors:
        by_type.setdefault(factor.type, []).append(factor)
    apps, codes = by_type.get("totp", []), by_type.get("recovery_codes", [])
    passkeys = by_type.get("webauthn", [])
    context = {
        "app": next(iter(apps), None),
        "passkeys": [(passkey, passkey.wrap()) for passkey in passkeys],
        "codes_left": len(codes[0].wrap().get_unused_codes()) if codes else None,
        "must_have": must_have_factor(request.user),
        "factors": len(apps) + len(passkeys),
        "identity": _identity(request.user),
    }
    return render(request, "people/security.html", context)


def _identity(person: User) -> SocialAccount | None:
    """The account at the identity provider, where there is a provider."""
    if not settings.OIDC_ISSUER:
        return None
    return SocialAccount.objects.filter(user=person, provider=settings.OIDC_ISSUER).first()


class OwnPasskey:
    """Addressed by the id that it has everywhere, not by our key of its row."""

    slug_field = "data__credential__id"
    slug_url_kwarg = "credential"
    success_url = reverse_lazy("mfa_index")


class RenamePasskey(OwnPasskey, EditWebAuthnView):
    pass


class RemovePasskey(OwnPasskey, RemoveWebAuthnView):
    def form_valid(self, form: Form) -> HttpResponse:
        if not get_adapter().can_delete_authenticator(self.object):
            messages.error(self.request, ANOTHER_FIRST)
            return redirect(self.success_url)
        response: HttpResponse = super().form_valid(form)
        return response
