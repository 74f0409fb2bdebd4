"""Processes of their own that work on the database of the test."""

import os
from urllib.parse import quote, urlsplit

from django.db import connection


def environment(**more: str) -> dict[str, str]:
    """The environment of such a process: that of the tests, with the database that this test writes in."""
    database = quote(str(connection.settings_dict["NAME"]))
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl()
    return os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": url} | more
