"""What an organisation asks of a course for its own people: said and ended by its HR or its chief."""

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.models import AuditEntry
from courses.errors import ConsentInstead, RuleOverlaps
from courses.models import Course, OrganisationRule
from people.models import Organisation, User


@transaction.atomic
def require_approval(
    *,
    organisation: Organisation,
    course: Course,
    valid_from: dt.date,
    actor: User,
    legal_reference: str = "",
) -> OrganisationRule:
    """Let the people of an organisation need its approval for a course, from a day until further notice.

    A repeated call returns the rule that is there. Raises ConsentInstead, or RuleOverlaps, which says what is
    in the way.
    """
    if course.current_version and course.current_version.consent_required:
        raise ConsentInstead
    rules = OrganisationRule.objects.filter(organisation=organisation, course=course)
    if ending := rules.filter(valid_until__gte=valid_from).order_by("valid_until").last():
        raise RuleOverlaps(
            _("A rule for this course lasts until %(day)s. Choose a later day.")
            % {"day": date_format(ending.valid_until)}
        )
    rule: OrganisationRule
    rule, is_new = rules.get_or_create(
        organisation=organisation,
        course=course,
        valid_until=None,
        defaults={
            "approval_required": True,
            "valid_from": valid_from,
            "legal_reference": legal_reference,
        },
    )
    if is_new:
        AuditEntry.record(action="organisation_rule.made", subject=rule, actor=actor, course=course.pk)
    elif rule.valid_from != valid_from:
        raise RuleOverlaps(
            _("This course needs an approval from %(day)s already. End that rule first.")
            % {"day": date_format(rule.valid_from)}
        )
    return rule


@transaction.atomic
def end_rule(*, rule: OrganisationRule, last_day: dt.date, actor: User) -> None:
    """End a rule after its last day; it never was, if it would begin later than that."""
    if rule.valid_from > last_day:
        AuditEntry.record(action="organisation_rule.taken_back", subject=rule, actor=actor)
        rule.delete()
        return
    lasting = OrganisationRule.objects.filter(Q(valid_until=None) | Q(valid_until__gt=last_day), pk=rule.pk)
    if lasting.update(valid_until=last_day):
        AuditEntry.record(action="organisation_rule.ended", subject=rule, actor=actor)
