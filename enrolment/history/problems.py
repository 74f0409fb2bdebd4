"""What can be wrong with a list of past completions, beside what can be wrong with any list."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Problem(models.TextChoices):
    UNKNOWN_COURSE = (
        "unknown_course",
        _("There is no such training. Write its title as the catalogue has it."),
    )
    NOT_COMPLETED = "not_completed", _("Nobody completes this item: take the row out.")
    NOT_YOURS = "not_yours", _("Only the platform administrator imports this training. Take the row out.")
    BAD_DAY = "bad_day", _("This isn't a day. Write it as 2019-05-31 or 31/05/2019.")
    FUTURE_DAY = "future_day", _("This day is still to come: only past completions are imported.")
    UNKNOWN_ORGANISATION = (
        "unknown_organisation",
        _("There is no organisation with the code %(detail)s. Correct the code."),
    )
    NOT_THEN = (
        "not_then",
        _("This organisation didn't exist on that day. Write the code that it had then%(detail)s."),
    )
    FOREIGN_ORGANISATION = (
        "foreign_organisation",
        _("You can import only completions of %(detail)s. Take this row out."),
    )
