"""Who there is: people, organisations, and what a person is to an organisation from when to when."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core.enums import AdministrativeLanguage, Language
from core.fields import PublicIdField, translated
from core.models import Fact
from core.prepared import prepared
from core.time import today
from people.enums import Cadre, ImportStatus, OrganisationKind, Role
from people.querysets import MembershipQuerySet, ProfileQuerySet, SignInQuerySet, StaffImportQuerySet

if TYPE_CHECKING:
    from people.sessions import SessionStore


class Organisation(models.Model):
    """A zone, federal unit, school or partner, with the dates between which it exists."""

    public_id = PublicIdField()
    kind = models.CharField(_("kind"), max_length=10, choices=OrganisationKind.choices)
    # Zone codes have leading zeros and outlive their zone: text, and never a key.
    code = models.CharField(_("code"), max_length=20, unique=True)
    name = translated(models.CharField(_("name"), max_length=200, blank=True))
    languages = ArrayField(
        models.CharField(max_length=2, choices=AdministrativeLanguage.choices), verbose_name=_("languages")
    )
    valid_from = models.DateField(_("valid from"), default=dt.date(2002, 1, 1))
    valid_until = models.DateField(
        _("valid until"), null=True, blank=True, help_text=_("The last day, inclusive.")
    )
    successors: Any = models.ManyToManyField(
        "self", through="OrganisationSuccession", symmetrical=False, related_name="predecessors"
    )

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="organisation_dates_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class OrganisationSuccession(models.Model):
    """Zones merge and split: which organisation went on in which, from which day."""

    predecessor = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("predecessor")
    )
    successor = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("successor"))
    on = models.DateField(_("from"))

    class Meta:
        verbose_name = _("succession")
        verbose_name_plural = _("successions")
        constraints = [
            models.UniqueConstraint(fields=["predecessor", "successor"], name="succession_once"),
            models.CheckConstraint(condition=~Q(predecessor=F("successor")), name="succession_of_another"),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor_id} → {self.successor_id}"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    @transaction.atomic
    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """The first administrator, made on the command line, who gives their name later."""
        user = self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
        # Whoever signs in has one: pages greet by name, and mails are in its language.
        Profile.objects.create(user=user)
        return user

    def without_account(self) -> "models.QuerySet[User]":
        """Who could sign in, had they chosen a password or linked an account of the identity provider."""
        people = self.filter(is_active=True, email__isnull=False, erased_at=None, socialaccount=None)
        return people.filter(password__startswith=UNUSABLE_PASSWORD_PREFIX)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person's account and, once erased, their tombstone: what is personal lies in ``Profile``."""

    public_id = PublicIdField()
    email = models.EmailField(_("e-mail address"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the administration"), default=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    # When somebody last asked that this person gets a link to choose the first password.
    activation_asked_at = models.DateTimeField(_("activation asked at"), null=True, editable=False)
    erased_at = models.DateTimeField(_("erased at"), null=True, editable=False)

    # Of who signed in, set by ``people.backends``: a second factor.
    has_factor: bool

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("persons")
        constraints = [models.UniqueConstraint(Lower("email"), name="email_once_in_any_case")]
        # Few are: who is not is then known without a look at everybody.
        indexes = [models.Index(fields=["id"], condition=Q(erased_at__isnull=False), name="erased")]

    def clean(self) -> None:
        super().clean()
        # People type it in any case, and signing in looks for the lower one.
        self.email = self.email.lower() if self.email else None

    def __str__(self) -> str:
        # Logs and error pages print this: no name, no address.
        return str(self.public_id)

    def get_full_name(self) -> str:
        try:
            return self.profile.full_name
        except Profile.DoesNotExist:
            return str(_("erased person"))

    @cached_property
    def memberships_today(self) -> list["Membership"]:
        """What this person is today, read once for each loaded user."""
        return _memberships(user_id=self.pk, on=today())

    @property
    def organisations_today(self) -> list[int]:
        return [membership.organisation_id for membership in self.memberships_today]

    def has_role(self, *roles: Role) -> bool:
        return any(membership.role in roles for membership in self.memberships_today)


class Profile(models.Model):
    """What is personal about a person, in a row that an erasure drops."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, verbose_name=_("person"))
    first_name = models.CharField(_("first name"), max_length=100)
    last_name = models.CharField(_("last name"), max_length=100)
    # Guest trainers have none; imports match on it; it is in no address and on no certificate.
    staff_number = models.CharField(_("staff number"), max_length=20, null=True, blank=True, unique=True)
    administrative_language = models.CharField(
        _("administrative language"),
        max_length=2,
        choices=AdministrativeLanguage.choices,
        default=AdministrativeLanguage.NL,
        help_text=_("Mails and certificates are written in it."),
    )
    screen_language = models.CharField(
        _("language of the screen"), max_length=2, choices=Language.choices, blank=True
    )

    objects = ProfileQuerySet.as_manager()

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")
        ordering = ["last_name", "first_name"]

    def __str__(self) -> str:
        return str(self.user_id)

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Membership(Fact):
    """A person's role in an organisation; both dates inclusive. Employer and school are memberships too."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships", verbose_name=_("person"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="memberships", verbose_name=_("organisation")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    cadre = models.CharField(_("cadre"), max_length=12, choices=Cadre.choices, blank=True)
    rank = models.CharField(_("rank"), max_length=60, blank=True)
    # Of an aspirant, as the school's list calls it: dated, like all that is true of a person for a time.
    class_name = models.CharField(_("class"), max_length=60, blank=True)
    # Next year's class has the same name.
    class_starts_on = models.DateField(_("first day of the class"), null=True, blank=True, editable=False)
    valid_from = models.DateField(_("valid from"), default=today)
    valid_until = models.DateField(
        _("valid until"), null=True, blank=True, help_text=_("The last day, inclusive.")
    )

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation", "role", "valid_from"],
                condition=Q(superseded_at=None),
                name="membership_once",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="membership_dates_in_order",
            ),
        ]
        # Few are: that somebody was none on a day is known without a look at their memberships.
        indexes = [
            models.Index(
                fields=["user"], condition=Q(role=Role.ASPIRANT, superseded_at=None), name="aspirant"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.organisation_id}"


@prepared
def _memberships(*, user_id: int, on: dt.date) -> "models.QuerySet[Membership]":
    return Membership.objects.current(on=on).filter(user=user_id).select_related("organisation")


class SignIn(AbstractBaseSession):
    """A browser's session; with a person it is a sign-in, which that person sees on a page and can end."""

    public_id = PublicIdField()
    user = models.ForeignKey(
        User, models.CASCADE, null=True, related_name="sign_ins", verbose_name=_("person")
    )
    # In plain words ("Firefox · Windows"); the address and the browser's own words are not kept.
    device = models.CharField(_("device"), max_length=40, blank=True)
    begun_at = models.DateTimeField(_("begun at"), default=timezone.now)
    last_seen_at = models.DateTimeField(_("last seen at"), default=timezone.now)

    objects = SignInQuerySet.as_manager()  # type: ignore[assignment,misc]

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")

    @classmethod
    def get_session_store_class(cls) -> "type[SessionStore]":
        from people.sessions import SessionStore

        return SessionStore


@dataclass(frozen=True)
class Intake:
    """The classes with which a school begins on a day."""

    school: Organisation
    starts_on: dt.date
    # The last day, inclusive; None: not known yet.
    ends_on: dt.date | None = None


class StaffImport(models.Model):
    """A list of people that somebody uploaded: kept from its preview to its confirmation, then dropped."""

    public_id = PublicIdField()
    uploaded_by = models.ForeignKey(
        User, models.PROTECT, related_name="staff_imports", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), default=timezone.now)
    status = models.CharField(
        _("status"), max_length=10, choices=ImportStatus.choices, default=ImportStatus.CHECKING
    )
    # In the row, not in a folder: private, and gone in the transaction that needs it no more.
    content = models.BinaryField(null=True)
    rows = models.PositiveIntegerField(_("rows"))
    rows_checked = models.PositiveIntegerField(_("rows checked"), default=0)
    new = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    ignored_columns = ArrayField(models.TextField(), verbose_name=_("ignored columns"), default=list)
    # Of a list of classes: whose they are, and from when to when; the list then names no school.
    school = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("academy"),
    )
    class_starts_on = models.DateField(_("first day of the class"), null=True)
    class_ends_on = models.DateField(_("last day of the class"), null=True)
    # How many people the list has in each class.
    classes = models.JSONField(
        _("classes"), default=dict, db_default=models.Value({}, output_field=models.JSONField())
    )
    # People who have no account yet, and were never sent the link to one.
    links = models.PositiveIntegerField(_("links"), default=0)
    # The first ones, with names: dropped with the list.
    changes = models.JSONField(_("first changes"), default=list, db_default=Value([], models.JSONField()))
    problem_count = models.PositiveIntegerField(_("problems"), default=0)
    # The first ones: whoever has more mends the file in another way.
    problems = models.JSONField(_("first problems"), default=list)
    send_links = models.BooleanField(_("send the links"), default=False)

    objects = StaffImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("list of people")
        verbose_name_plural = _("lists of people")
        indexes = [models.Index(fields=["uploaded_at"], name="staff_import_uploaded_at")]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def intake(self) -> Intake | None:
        """Of which school and days the classes of the list are; None for other lists."""
        if self.school is None or self.class_starts_on is None:
            return None
        return Intake(self.school, self.class_starts_on, self.class_ends_on)
