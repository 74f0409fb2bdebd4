"""Django's PostgreSQL engine, which reads instants and takes connections from the pool faster."""

import datetime as dt
import select
from functools import cache
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, adapters
from psycopg.adapt import AdaptersMap, Buffer
from psycopg.pq import Format
from psycopg.types.datetime import TimestamptzLoader
from psycopg_pool import ConnectionPool

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
        params["context"] = _reading_fast(params["context"].adapters)
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection[Any]:
        """One that is alive: what lay in the pool when the server went away is thrown away."""
        pool: ConnectionPool | None = self.pool  # type: ignore[attr-defined]
        connection: Connection[Any] = super().get_new_connection(conn_params)
        if pool is None:
            return connection
        # At most as often as it holds some; behind them come new ones.
        for _ in range(pool.max_size):
            if not _was_spoken_to(connection):
                break
            connection.close()
            pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection


@cache
def _reading_fast(adapters: AdaptersMap) -> AdaptersMap:
    if adapters.get_loader(TIMESTAMPTZ, Format.TEXT).timezone != dt.UTC:  # type: ignore[union-attr]
        return adapters
    fast = AdaptersMap(adapters)
    fast.register_loader("timestamptz", UtcLoader)
    return fast


def _was_spoken_to(connection: Connection[Any]) -> bool:
    """Whether the server said something while nobody asked: that it goes away, or only that it has gone.

    To look at the socket costs no round trip, as a question to each connection before its work would.
    """
    if connection.closed:
        return True
    socket = select.poll()
    socket.register(connection.fileno(), select.POLLIN)
    return bool(socket.poll(0))
