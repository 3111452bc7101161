"""What several parts of one page ask for is worked out once: kept with the request, gone with it.

>>> @once_a_request
... def unread(request): ...
"""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.http import HttpRequest

Asked = TypeVar("Asked", bound=HttpRequest)
Found = TypeVar("Found")


def once_a_request(work: Callable[[Asked], Found]) -> Callable[[Asked], Found]:
    """``work`` returns the same for the rest of the request, so it must not be asked before a view changes what it counts."""

    @wraps(work)
    def kept(request: Asked) -> Found:
        answers: dict[object, Found] = vars(request).setdefault("worked_out", {})
        if work not in answers:
            answers[work] = work(request)
        return answers[work]

    return kept
