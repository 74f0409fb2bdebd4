"""What a password must be, in words of our own: Django's are not translated everywhere."""

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext as _


class LongEnough(MinimumLengthValidator):
    """Length is what counts; a few words are easier to remember than signs."""

    def get_error_message(self) -> str:
        return _("Too short: choose at least %(count)d characters.") % {"count": self.min_length}

    def get_help_text(self) -> str:
        return _("At least %(count)d characters; a few words are easy to remember.") % {
            "count": self.min_length
        }
