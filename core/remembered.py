"""What is said again and again, in the same words."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

from django.utils.translation import get_language

P = ParamSpec("P")
R = TypeVar("R")


def remembered(say: Callable[P, R]) -> Callable[P, R]:
    """Remember, for each language, what a function says that looks at nothing but its arguments."""

    # By type as well: a string that is safe to show equals the same one that must be escaped.
    @lru_cache(maxsize=4096, typed=True)
    def in_language(language: str | None, *args: P.args, **kwargs: P.kwargs) -> R:
        return say(*args, **kwargs)

    @wraps(say)
    def said(*args: P.args, **kwargs: P.kwargs) -> R:
        return in_language(get_language(), *args, **kwargs)  # type: ignore[arg-type]

    return said
