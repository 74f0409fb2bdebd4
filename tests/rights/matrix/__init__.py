"""Who gets which answer at every address: the table of rights, read row by row.

A row says to whom an address opens, what all others are answered (403: they see that it is there; 404, unless
it is said otherwise: for them it isn't), and who is an exception. Who hasn't signed in is led to signing in,
an administrator without a second factor to setting one up, unless they are named.
"""

from tests.rights.matrix.academy import ACADEMY
from tests.rights.matrix.administration import ADMINISTRATION
from tests.rights.matrix.everybody import ACCOUNT, EVERYBODY, ONE_S_OWN
from tests.rights.matrix.managing import CATALOGUE, EDITIONS, MANAGING
from tests.rights.matrix.organisations import APPROVALS, ON_BEHALF, PEOPLE, REPORTING
from tests.rights.matrix.sessions import AWAITING, CHOOSING, EXCEPTIONS, MAKING_UP, SESSIONS, TEACHING

AREAS = {
    "everybody": EVERYBODY,
    "account": ACCOUNT,
    "one's own": ONE_S_OWN,
    "sessions": SESSIONS,
    "making up": MAKING_UP,
    "awaiting": AWAITING,
    "choosing": CHOOSING,
    "exceptions": EXCEPTIONS,
    "teaching": TEACHING,
    "catalogue": CATALOGUE,
    "managing": MANAGING,
    "editions": EDITIONS,
    "on behalf": ON_BEHALF,
    "people": PEOPLE,
    "academy": ACADEMY,
    "approvals": APPROVALS,
    "reporting": REPORTING,
    "administration": ADMINISTRATION,
}
