"""The words in which the matrix is written: who asks, what they ask, and what each of them is answered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any


class Who(StrEnum):
    """Everybody who may come to an address. "Own" is the first zone, school or course; "other" the second."""

    ANONYMOUS = auto()
    # An administrator who has still to set up a second factor.
    UNPROVEN = auto()
    # Of the own zone, with a seat in the sessions; and a colleague without one.
    STAFF = auto()
    COLLEAGUE = auto()
    OTHER_STAFF = auto()
    # At the own school, employed by the own zone.
    ASPIRANT = auto()
    # Of the own course: accepted to give it, and asked but without an answer yet.
    TRAINER = auto()
    INVITED_TRAINER = auto()
    OTHER_TRAINER = auto()
    HR = auto()
    OTHER_HR = auto()
    COORDINATOR = auto()
    OTHER_COORDINATOR = auto()
    CHIEF = auto()
    # Decides for the own zone; in the other one HR does.
    APPROVER = auto()
    # Its organisation provides the own course.
    PARTNER = auto()
    OTHER_PARTNER = auto()
    CATALOGUE_MANAGER = auto()
    ADMINISTRATOR = auto()


class Answer(StrEnum):
    """Where somebody is sent who can't have what they asked for yet."""

    SIGN_IN = "to signing in"
    SECOND_STEP = "to setting up a second step"
    AGAIN = "to typing the password again"


Group = frozenset[Who]

NOBODY: Group = frozenset()
ANYBODY: Group = frozenset(Who)
ALL_BUT_UNPROVEN: Group = ANYBODY - {Who.UNPROVEN}
ALL_BUT_ANONYMOUS: Group = ANYBODY - {Who.ANONYMOUS}
SIGNED_IN: Group = ANYBODY - {Who.ANONYMOUS, Who.UNPROVEN}
ANONYMOUS: Group = frozenset({Who.ANONYMOUS})
ADMINISTRATOR: Group = frozenset({Who.ADMINISTRATOR})
MANAGERS: Group = frozenset({Who.CATALOGUE_MANAGER, Who.ADMINISTRATOR})
OWN_ZONE: Group = frozenset({Who.STAFF, Who.COLLEAGUE, Who.ASPIRANT, Who.HR, Who.CHIEF, Who.APPROVER})
OWN_STAFF: Group = frozenset({Who.STAFF, Who.COLLEAGUE, Who.ASPIRANT})
BOTH_HR: Group = frozenset({Who.HR, Who.OTHER_HR})
BOTH_SCHOOLS: Group = frozenset({Who.COORDINATOR, Who.OTHER_COORDINATOR})
BOTH_PARTNERS: Group = frozenset({Who.PARTNER, Who.OTHER_PARTNER})
# Who gives roles, and brings in people and their past.
OFFICES: Group = BOTH_HR | BOTH_SCHOOLS | {Who.ADMINISTRATOR}
# Of the session that is for the other zone alone.
SEES_FOREIGN: Group = frozenset({Who.OTHER_STAFF, Who.OTHER_HR, Who.OTHER_TRAINER})


def only(*who: Who) -> Group:
    return frozenset(who)


@dataclass(frozen=True)
class File:
    name: str
    text: str


Data = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One request, and who gets which answer; everybody of ``Who`` gets exactly one.

    ``{name}`` in the path and the data is something of ``World.named``. ``changes``: whether the request
    changes something for those to whom it opens; for all others it never does.
    """

    method: str
    path: str
    opens: Group
    answer: int | Answer
    others: int | Answer = 404
    # Who is answered otherwise than the others.
    but: dict[int | Answer, Group] = field(default_factory=dict)
    data: Data | Callable[[], Data] = field(default_factory=dict)
    changes: bool = False
    # Some who stand for all, where the answer is sure to be theirs too.
    asked_as: Group = ANYBODY

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def answer_to(self, who: Who) -> int | Answer:
        for answer, group in ((self.answer, self.opens), *self.but.items()):
            if who in group:
                return answer
        if who == Who.ANONYMOUS:
            return Answer.SIGN_IN
        return Answer.SECOND_STEP if who == Who.UNPROVEN else self.others


def get(path: str, opens: Group, others: int | Answer = 404, **more: Any) -> Row:
    """A page."""
    return Row("GET", path, opens, **{"answer": 200, "others": others} | more)


def post(path: str, opens: Group, others: int | Answer = 404, **more: Any) -> Row:
    """A write, which changes something and leads on."""
    return Row("POST", path, opens, **{"answer": 302, "others": others, "changes": True} | more)


def refused(path: str, opens: Group, others: int | Answer = 404, **more: Any) -> Row:
    """A write of somebody who may, about what isn't theirs: the page comes back, and nothing changes."""
    return post(path, opens, others, **{"answer": 200, "changes": False} | more)
