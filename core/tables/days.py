"""Days as people write them in lists."""

import datetime as dt

# As in Belgium; an XLSX cell that is a date arrives in the first or the last form.
DAY_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%S")


def read_day(text: str) -> dt.date | None:
    """A day as people write it; None for what is none."""
    for form in DAY_FORMATS:
        try:
            return dt.datetime.strptime(text, form).date()  # noqa: DTZ007 A day has no zone.
        except ValueError:
            continue
    return None
