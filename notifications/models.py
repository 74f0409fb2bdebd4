"""The outbox: a message is a row in the transaction of whatever it tells about."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.enums import AdministrativeLanguage
from core.fields import PublicIdField
from notifications.enums import MessageStatus
from notifications.querysets import MessageQuerySet
from people.models import User


class Message(models.Model):
    """One mail to one person: a template's name and frozen plain data, rendered when it is sent."""

    public_id = PublicIdField()
    # The address is read when the mail is sent: a change of address reaches what still waits.
    recipient = models.ForeignKey(User, models.PROTECT, related_name="messages", verbose_name=_("recipient"))
    template = models.CharField(_("template"), max_length=60)
    language = models.CharField(_("language"), max_length=2, choices=AdministrativeLanguage.choices)
    context = models.JSONField(_("context"), default=dict)
    # Names the event, with the version of the date that it speaks of: the same event makes one mail.
    dedupe_key = models.CharField(max_length=200, unique=True)
    # What it is about, so that pending mails can be cancelled: "enrolment:<public id>".
    topic = models.CharField(max_length=80, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=MessageStatus.choices, default=MessageStatus.PENDING
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    due_at = models.DateTimeField(_("due at"), default=timezone.now)
    # After this instant it would tell nothing new any more.
    expires_at = models.DateTimeField(_("expires at"), null=True)
    claimed_at = models.DateTimeField(_("claimed at"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    # The class of the last error, whose text may hold an address; a worker that died leaves none.
    last_error = models.CharField(_("last error"), max_length=100, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(status__in=[MessageStatus.PENDING, MessageStatus.SENDING]),
                name="message_due",
            ),
            models.Index(
                fields=["topic"], condition=Q(status=MessageStatus.PENDING), name="message_pending_topic"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.public_id}"
