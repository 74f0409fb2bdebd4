"""What a service says when the answer is no."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A refusal whose message tells a person what to do next; ``code`` is stable."""

    code = "refused"
    message: str | Promise = ""

    def __init__(self, message: str | Promise | None = None) -> None:
        if message is not None:
            self.message = message
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message)


class UnreadableFile(DomainError):
    """Of an upload, or of a file named on the command line, as a whole."""

    code = "unreadable_file"
    message = _("This file can't be read. Save it as CSV or XLSX, and choose it again.")
