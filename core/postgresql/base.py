"""Django's PostgreSQL engine, which reads instants several times as fast."""

import datetime as dt
from typing import Any

from django.db.backends.postgresql import base
from psycopg import adapters
from psycopg.adapt import AdaptersMap, Buffer
from psycopg.pq import Format
from psycopg.types.datetime import TimestamptzLoader

TIMESTAMPTZ = adapters.types["timestamptz"].oid


class UtcLoader(TimestamptzLoader):
    """Reads what PostgreSQL writes for a connection whose zone is UTC, in ISO 8601."""

    # Django looks whether it has to choose another loader.
    timezone = dt.UTC

    def load(self, data: Buffer) -> dt.datetime:
        try:
            return dt.datetime.fromisoformat(str(data, "ascii"))
        except ValueError:
            # Before our era, at the end of time, or in another style of dates.
            return super().load(data)


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        if params["context"].adapters.get_loader(TIMESTAMPTZ, Format.TEXT).timezone == dt.UTC:
            context = AdaptersMap(params["context"].adapters)
            context.register_loader("timestamptz", UtcLoader)
            params["context"] = context
        return params
