"""The sections of the main navigation, and who has which."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from people.enums import Role
from people.models import User
from people.rules import APPROVING


@dataclass(frozen=True)
class Section:
    """A place of the main navigation."""

    url_name: str
    label: Promise
    # Who sees it: everybody, whoever is signed in, or these roles.
    roles: tuple[Role, ...] = ()
    signed_in: bool = True
    # Pages of the section whose address lies elsewhere.
    also: frozenset[str] = frozenset()
    # Where all its pages lie, when that isn't below the first of them.
    below: str = ""

    def is_seen_by(self, user: Any) -> bool:
        if not isinstance(user, User):
            return not self.signed_in
        return not self.roles or user.has_role(*self.roles)


@dataclass(frozen=True)
class Item:
    label: str
    url: str
    # The value of aria-current: "page", "true" for a page below it, or nothing.
    current: str


SECTIONS = (
    Section("portal:home", _("Today")),
    Section(
        "courses:catalogue",
        _("Catalogue"),
        signed_in=False,
        also=frozenset({"enrolment:session", "enrolment:consent", "enrolment:programme"}),
    ),
    Section("portal:training", _("My training"), also=frozenset({"certificates:mine"})),
    Section("attendance:teach", _("Teach"), roles=(Role.TRAINER,)),
    Section("tracks:academy", _("Academy"), roles=(Role.COORDINATOR,)),
    Section(
        "people:people",
        _("People"),
        roles=(Role.HR, Role.COORDINATOR, Role.ADMINISTRATOR),
        also=frozenset({"enrolment:history", "enrolment:history_preview", "reporting:headcounts"}),
    ),
    Section("enrolment:approvals", _("Approvals"), roles=(Role.HR, Role.CHIEF, *APPROVING)),
    Section(
        "reporting:figures",
        _("Figures"),
        roles=(Role.HR, Role.CHIEF, Role.COORDINATOR),
        also=frozenset({"reporting:search"}),
    ),
    Section(
        "enrolment:manage_sessions",
        _("Manage"),
        roles=(Role.CATALOGUE_MANAGER, Role.ADMINISTRATOR, Role.PARTNER),
        below="/manage/",
    ),
)


def items_for(request: HttpRequest) -> Iterator[Item]:
    """The sections that this person has, in order."""
    for section in SECTIONS:
        if section.is_seen_by(request.user):
            url = _address(section.url_name)
            yield Item(str(section.label), url, _current(section, url, request))


@cache
def _address(url_name: str) -> str:
    return reverse(url_name)


def _current(section: Section, url: str, request: HttpRequest) -> str:
    if request.path == url:
        return "page"
    if request.resolver_match and request.resolver_match.view_name in section.also:
        return "true"
    below = section.below or url
    return "true" if below != "/" and request.path.startswith(below) else ""
