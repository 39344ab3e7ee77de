from __future__ import annotations

import hmac
from typing import Never


class Secret:
    """A token or client secret that cannot be printed, formatted, pickled or logged by accident.

    `reveal()` is the only way to the text, so every place that uses one can be found by its name.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    __hash__ = None  # type: ignore[assignment]  # A hash would tell something about the text.

    def __repr__(self) -> str:
        return "<secret>"

    def __str__(self) -> Never:
        raise TypeError("A secret is not text; call reveal() where it is used.")

    def __format__(self, spec: str) -> Never:
        raise TypeError("A secret is not text; call reveal() where it is used.")

    def __reduce__(self) -> Never:
        raise TypeError("A secret cannot be pickled or copied.")
