"""Whether this process lives, and whether it can serve: asked by the container engine and by the proxy."""

from collections.abc import Callable
from functools import cache

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse

from core.outage import redis_answers

LIVE, READY = "/health/live", "/health/ready"
OK, AWAY = "ok", "away"


class HealthMiddleware:
    """Answers before host, redirect and session are looked at, and says nothing of version or data.

    Live asks no engine: a restart of this process would mend none of them. Ready needs the database, with all
    migrations applied; Redis is told, but pages work without it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == LIVE:
            return _answer({"process": OK}, is_well=True)
        if request.path == READY:
            database = database_state()
            return _answer(
                {"database": database, "redis": OK if redis_answers() else AWAY}, is_well=database == OK
            )
        return self.get_response(request)


def _answer(states: dict[str, str], *, is_well: bool) -> JsonResponse:
    return JsonResponse(states, status=200 if is_well else 503, headers={"Cache-Control": "no-store"})


def database_state() -> str:
    try:
        applied = MigrationRecorder(connection).applied_migrations()
    except DatabaseError:
        return AWAY
    # A later release's migrations disturb nobody: one rolls back to this one without undoing them.
    return OK if last_migrations() <= applied.keys() else "not migrated"


@cache
def last_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).graph.leaf_nodes())
