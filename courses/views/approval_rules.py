"""For which courses an organisation wants its people to have an approval: for its HR and its chief."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.time import today
from courses.forms.approval_rules import ApprovalRuleForm, EndRuleForm
from courses.models import OrganisationRule
from courses.rules import organisations_ruled_by
from courses.services.organisation_rules import end_rule, require_approval
from people.enums import Role
from people.http import SignedInRequest
from people.models import Membership, Organisation
from people.rules import APPROVING


@login_required
def rules(request: SignedInRequest) -> HttpResponse:
    """The rules of one's organisation, who approves there, and a form for another rule."""
    organisations = _own(request)
    form = ApprovalRuleForm(request.POST or None, organisations=organisations)
    if form.is_valid():
        try:
            require_approval(**form.cleaned_data, actor=request.user)
        except DomainError as refusal:
            form.add_error("course", str(refusal))
        else:
            messages.success(request, _("Whoever enrols in it from that day on needs an approval."))
            return redirect("courses:approval_rules")
    own = OrganisationRule.objects.visible_to(request.user).with_all()
    context = {
        "form": form,
        "decides": request.user.has_role(Role.HR, *APPROVING),
        "several": len(organisations) > 1,
        "lasting": own.lasting(on=today()),
        "over": own.over(on=today()),
        "approvers": Membership.objects.approving(organisations, on=today()),
        "today": today(),
    }
    return render(request, "courses/approval_rules.html", context)


@login_required
def end(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask for the last day of a rule."""
    _own(request)
    lasting = OrganisationRule.objects.visible_to(request.user).lasting(on=today())
    rule = get_object_or_404(lasting.with_all(), public_id=public_id)
    form = EndRuleForm(request.POST or None, rule=rule)
    if form.is_valid():
        end_rule(rule=rule, last_day=form.cleaned_data["last_day"], actor=request.user)
        messages.success(request, _("The last day of the rule is kept."))
        return redirect("courses:approval_rules")
    return render(request, "courses/end_approval_rule.html", {"rule": rule, "form": form})


def _own(request: SignedInRequest) -> list[Organisation]:
    organisations = organisations_ruled_by(request.user)
    if not organisations:
        raise PermissionDenied
    return organisations
