"""Whose a session or an event is: the visitor's who named it first."""

from __future__ import annotations

from collections import OrderedDict

MOST = 100_000


class Owners:
    """Names and their visitors; the oldest are forgotten when there are very many."""

    def __init__(self, most: int = MOST) -> None:
        self._owners: OrderedDict[str, str] = OrderedDict()
        self._most = most

    def claim(self, name: str, visitor: str) -> bool:
        """Take a name if it is free; whether it is the visitor's then."""
        owner = self._owners.setdefault(name, visitor)
        self._owners.move_to_end(name)
        while len(self._owners) > self._most:
            self._owners.popitem(last=False)
        return owner == visitor

    def owns(self, name: str, visitor: str) -> bool:
        """Whether a name is known and the visitor's."""
        return self._owners.get(name) == visitor
