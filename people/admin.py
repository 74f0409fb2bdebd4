"""People, organisations and roles by hand, for the platform's administrator."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.admin import AuditedAdmin
from people.http import SignedInRequest
from people.models import Membership, Organisation, OrganisationSuccession, Profile, SignIn, User
from people.services.factors import remove_factors
from people.services.identities import unlink_identity
from people.services.memberships import revoke_membership, set_last_day
from people.services.sign_ins import end_sign_ins


class ProfileInline(admin.StackedInline):  # type: ignore[type-arg]
    model = Profile
    can_delete = False
    # Nobody is without a name.
    min_num = 1
    validate_min = True


@admin.register(User)
class UserAdmin(AuditedAdmin):
    """An account; its password is the person's own, chosen by the link of a mail."""

    inlines = [ProfileInline]
    fields = ["email", "is_active", "is_staff", "is_superuser", "public_id", "last_login", "erased_at"]
    readonly_fields = ["public_id", "last_login", "erased_at"]
    list_display = ["public_id", "name", "email", "is_active", "is_staff", "created_at"]
    list_select_related = ["profile"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "profile__last_name", "profile__first_name", "=profile__staff_number"]
    ordering = ["-id"]
    actions = ["remove_factors", "unlink_identity"]

    @admin.display(description=_("name"))
    def name(self, user: User) -> str:
        return user.get_full_name()

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            # Or the next click would go on where the account is opened again.
            end_sign_ins(person=obj, sign_ins=SignIn.objects.all(), actor=cast(User, request.user))

    @admin.action(
        permissions=["change"],
        description=_("Remove the second step of the selected persons: they lost their device and codes"),
    )
    def remove_factors(self, request: SignedInRequest, chosen: QuerySet[User]) -> None:
        people = chosen.select_related("profile")
        count = sum(remove_factors(person=person, actor=request.user) for person in people)
        said = ngettext(
            "%(count)d person can set it up anew.", "%(count)d persons can set it up anew.", count
        )
        self.message_user(request, said % {"count": count}, messages.SUCCESS)

    @admin.action(
        permissions=["change"],
        description=_("Unlink the selected persons from the identity provider: their account there changed"),
    )
    def unlink_identity(self, request: SignedInRequest, chosen: QuerySet[User]) -> None:
        people = chosen.select_related("profile")
        count = sum(unlink_identity(person=person, actor=request.user) for person in people)
        said = ngettext("%(count)d person was unlinked.", "%(count)d persons were unlinked.", count)
        self.message_user(request, said % {"count": count}, messages.SUCCESS)


class SuccessionInline(admin.TabularInline):  # type: ignore[type-arg]
    model = OrganisationSuccession
    fk_name = "predecessor"
    verbose_name = _("successor")
    verbose_name_plural = _("successors")
    autocomplete_fields = ["successor"]
    extra = 0
    can_delete = False


@admin.register(Organisation)
class OrganisationAdmin(AuditedAdmin):
    inlines = [SuccessionInline]
    list_display = ["code", "name", "kind", "valid_from", "valid_until"]
    list_filter = ["kind"]
    search_fields = ["code", "name_nl", "name_fr", "name_de"]


@admin.register(Membership)
class MembershipAdmin(AuditedAdmin):
    """A role is a fact: once granted only its last day changes; a mistake is taken back."""

    as_granted = ["user", "organisation", "role", "cadre", "rank", "valid_from"]
    fields = [*as_granted, "valid_until"]
    autocomplete_fields = ["user", "organisation"]
    list_display = ["user", "person", "role", "organisation", "valid_from", "valid_until", "superseded_at"]
    list_select_related = ["user__profile", "organisation"]
    list_filter = ["role"]
    search_fields = ["user__profile__last_name", "=user__profile__staff_number", "organisation__code"]
    ordering = ["-id"]
    actions = ["revoke"]

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> list[str]:
        return self.as_granted if obj else []

    def has_change_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        is_past = obj is not None and obj.superseded_at is not None
        return not is_past and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        if change:
            set_last_day(membership=obj, last_day=obj.valid_until, actor=cast(User, request.user))
        else:
            super().save_model(request, obj, form, change)

    @admin.display(description=_("person"))
    def person(self, membership: Membership) -> str:
        return membership.user.get_full_name()

    @admin.action(description=_("Take back the selected roles: they were recorded by mistake"))
    def revoke(self, request: SignedInRequest, chosen: QuerySet[Membership]) -> None:
        for membership in chosen:
            revoke_membership(membership=membership, actor=request.user)
        count = len(chosen)
        said = ngettext("%(count)d role was taken back.", "%(count)d roles were taken back.", count)
        self.message_user(request, said % {"count": count}, messages.SUCCESS)
