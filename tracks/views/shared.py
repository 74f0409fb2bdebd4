"""Who may open the pages of an academy, and which class they mean."""

import uuid

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from people.http import SignedInRequest
from people.models import Organisation
from tracks.models import Cohort
from tracks.rules import schools_of


def own_schools(request: SignedInRequest) -> list[Organisation]:
    """The academies that somebody coordinates; whoever has none is refused."""
    schools = schools_of(request.user)
    if not schools:
        raise PermissionDenied
    return schools


def own_cohort(request: SignedInRequest, public_id: uuid.UUID) -> Cohort:
    """A class of one's own academy; another's is not found."""
    own_schools(request)
    visible = Cohort.objects.visible_to(request.user).select_related("school")
    cohort: Cohort = get_object_or_404(visible, public_id=public_id)
    return cohort
