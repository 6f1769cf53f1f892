"""A family of templates whose format has its own code: how it is recognised, and what is known of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .spec import ToolFormat


@dataclass(frozen=True, slots=True)
class Family:
    """``marks`` must all be in the source of a template, none of ``without`` may be. ``adapt`` gets what
    inference found, and corrects or replaces it."""

    name: str
    marks: tuple[str, ...]
    adapt: Callable[[ToolFormat], ToolFormat]
    without: tuple[str, ...] = ()

    def matches(self, source: str) -> bool:
        return all(mark in source for mark in self.marks) and not any(mark in source for mark in self.without)
