"""A cache of the last few answers of a view."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Any


class AnswerCache:
    """Holds the `size` most recently used answers.

    `functools.lru_cache` would compute an answer twice if two threads request it at once; here one answer is
    computed at a time.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = RLock()

    def get(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """The answer for this key; computed if the cache does not hold it.

        >>> cache = AnswerCache(1)
        >>> cache.get("a", lambda: 1), cache.get("a", lambda: 2), cache.get("b", lambda: 3), cache.get("a", lambda: 4)
        (1, 1, 3, 4)
        """
        with self._lock:
            if key not in self._answers:
                self._answers[key] = compute()
            self._answers.move_to_end(key)
            while len(self._answers) > self._size:
                self._answers.popitem(last=False)
            return self._answers[key]
