"""Where sessions lie: a row for each, which says whose it is, so that a person can see and end it."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY as USER_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone

from core.fields import uuid7
from core.prepared import prepared
from core.time import today
from people.devices import device_of
from people.models import SignIn, User
from people.querysets import SignInQuerySet

ABOUT_KEY = "sign_in"
# Noted at most so often: reading a page then costs no write.
SEEN_EVERY = dt.timedelta(minutes=10)


class SessionStore(db.SessionStore):
    """Django's own in the database, with what ``describe_sign_in`` put into the session as columns."""

    # Whose session it is and what they are, read along with it: nearly every page asks.
    account: User | None = None

    @classmethod
    def get_model_class(cls) -> type[SignIn]:
        return SignIn

    def create_model_instance(self, data: dict[str, Any]) -> SignIn:
        row: SignIn = super().create_model_instance(data)  # type: ignore[assignment]
        row.user_id = data.get(USER_KEY)
        if about := data.get(ABOUT_KEY):
            row.public_id, row.device = about["id"], about["device"]
            row.begun_at = dt.datetime.fromisoformat(about["begun_at"])
            # However busy the day: after this one signs in again.
            longest = dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)
            row.expire_date = min(row.expire_date, row.begun_at + longest)
        return row

    def _get_session_from_db(self) -> SignIn | None:
        now = timezone.now()
        rows = _sign_in(key=self.session_key or "", at=now, on=today())
        if not rows:
            # A cookie whose session is over begins another one.
            self._session_key = None
            return None
        row: SignIn = rows[0]
        if row.user:
            self.account = row.user
            self.account.has_factor = rows[0].has_factor
            self.account.memberships_today = [each.membership for each in rows if hasattr(each, "membership")]
            if row.last_seen_at < now - SEEN_EVERY:
                SignIn.objects.filter(pk=row.pk).update(last_seen_at=now)
        return row


@prepared
def _sign_in(*, key: str, at: dt.datetime, on: dt.date) -> SignInQuerySet:
    """One row; of whoever has several memberships, one for each."""
    live: SignInQuerySet = SignIn.objects.live(at=at)
    return live.with_account(on=on).filter(session_key=key)


def describe_sign_in(user_agent: str) -> dict[str, str]:
    """What a session keeps, under ``ABOUT_KEY``, about the sign-in that began it."""
    return {"id": str(uuid7()), "device": device_of(user_agent), "begun_at": timezone.now().isoformat()}
