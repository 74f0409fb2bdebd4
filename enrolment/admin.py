"""The nightly audits in the administration, to read; seats and enrolments change by the services alone."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.admin import ReadOnlyAdmin
from enrolment.enums import Fault
from enrolment.models import AuditRun


@admin.register(AuditRun)
class AuditRunAdmin(ReadOnlyAdmin):
    list_display = ["at", "how_many", "milliseconds"]
    fields = ["at", "milliseconds", "how_many", "which"]
    ordering = ["-at"]
    date_hierarchy = "at"

    @admin.display(description=_("faults"))
    def how_many(self, run: AuditRun) -> int:
        return run.count

    @admin.display(description=_("which"))
    def which(self, run: AuditRun) -> SafeString:
        """Each fault in words, how often, and the ids of the first few; a dash where all is in order."""
        lines = (
            (capfirst(str(Fault(code).label)), found["count"], ", ".join(found["ids"]))
            for code, found in run.faults.items()
        )
        return format_html_join("", "<p>{}: {}<br>{}</p>", lines) or SafeString("–")
