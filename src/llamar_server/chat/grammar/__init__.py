"""The grammar of one answer: from a tool format and what a request demands to Lark for llguidance.

``build_grammar`` is the door. Below it: ``lark`` writes rules, ``values``, ``literals`` and
``arguments`` the arguments of calls, ``calls`` the calls, ``turn`` and ``routed`` whole answers.
"""

from .build import Grammar, build_grammar

__all__ = ["Grammar", "build_grammar"]
