"""The format of a template that no family's code knows: rendered with unmistakable words, and read off.

Short conversations with words that occur nowhere else are rendered; what stands between and around the
words is the format. The calls are read off in ``infer_calls``. It refuses to look at the template's
source, except for which of the customary thinking tags it mentions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .affixes import common_prefix, counterpart, empty_pair, first_tag, last_tag, removed, shared_prefix
from .infer_calls import calls_format
from .probes import ANSWER, NAMES, NEXT, THOUGHT, USER, VALUES, answer, calling, question, tools
from .spec import Span, ToolFormat

Render = Callable[..., str | None]
"""``render(messages, tools=None, *, add_generation_prompt, enable_thinking)``: the text, or None (or any
exception) where the template fails."""

_THINKING_TAGS: Final = (
    ("<think>", "</think>"),
    ("[THINK]", "[/THINK]"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<seed:think>", "</seed:think>"),
    ("<|inner_prefix|>", "<|inner_suffix|>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("◁think▷", "◁/think▷"),
)
_MAX_TURN_END: Final = 32


@dataclass(frozen=True, slots=True)
class Turns:
    """Assistant turns as a template writes them, from the end of the user's turn on; None where it fails."""

    before_user: str
    """What stands before the user's text."""
    opening: str
    """The generation prompt, with thinking on."""
    quiet: str
    """The generation prompt, with thinking off."""
    plain: str | None
    followed: str | None
    """The plain turn with a user's behind it."""
    thoughtful: str | None
    one_call: str | None
    two_calls: str | None


def infer(source: str, render: Render) -> ToolFormat:
    """The format that ``render`` writes, as far as it can be told; style ``none`` if it writes no calls."""
    turns = _turns(render)
    if turns.plain is None:
        return ToolFormat()
    thinking = _thinking(source, turns)
    turn_start = _turn_start(turns, thinking)
    content = _content(turns, turn_start, thinking)
    turn_end = _turn_end(turns, content)
    base = ToolFormat(
        family="inferred",
        turn_start=turn_start,
        turn_ends=(turn_end,) if turn_end else (),
        thinking=_with_lead(thinking, turns, turn_start) if thinking.start else thinking,
        # where nothing but its end tells reasoning from the answer, a call must do so as well
        thinking_closed_by_calls=bool(thinking.end and not thinking.start),
        content=content,
        # a turn of several wrapped parts may repeat its header between them
        noise=(turn_start.strip(),) if content and turn_start.strip() else (),
    )
    if turns.one_call is None or NAMES[0] not in turns.one_call:
        return base
    one = _body(turns.one_call, base)
    return calls_format(base, one, _body(turns.two_calls, base) if turns.two_calls else None)


def _turns(render: Render) -> Turns:
    def rendered(messages: Sequence[Mapping[str, Any]], *, side: int = 2, **options: Any) -> str | None:
        options = {"add_generation_prompt": False, "enable_thinking": True, **options}
        try:
            text = render(messages, **options)
        except Exception:  # a template may raise anything; it all means that it does not do this
            return None
        return text.rpartition(USER)[side] if text and USER in text else None

    def turn(*messages: Mapping[str, Any], **options: Any) -> str | None:
        text = rendered([question(), *messages], **options)
        return None if text is None else text.removeprefix(shared_prefix(text, before))

    before = rendered([question()]) or ""
    opening = rendered([question()], add_generation_prompt=True) or ""
    quiet = rendered([question()], add_generation_prompt=True, enable_thinking=False) or ""
    thoughtful = turn(answer(reasoning=True))
    if not thoughtful or THOUGHT not in thoughtful:
        thoughtful = turn(calling(1, reasoning=True), tools=tools())
    return Turns(
        before_user=rendered([question()], side=0) or "",
        opening=opening.removeprefix(before),
        quiet=quiet.removeprefix(before),
        plain=turn(answer()),
        followed=turn(answer(), {"role": "user", "content": NEXT}),
        thoughtful=thoughtful if thoughtful and THOUGHT in thoughtful else None,
        one_call=turn(calling(1), tools=tools()),
        two_calls=turn(calling(2), tools=tools()),
    )


def _thinking(source: str, turns: Turns) -> Span:
    """Around the reasoning of a turn; else what the generation prompt opens; else what the source names."""
    if turns.thoughtful:
        before, _, after = turns.thoughtful.partition(THOUGHT)
        start = last_tag(before)
        end = counterpart(start)
        if end and end in after:
            return Span(before[before.rindex(start) :], _until_tag(after, end))
        start = before.removeprefix(common_prefix(before, (turns.plain or "").partition(ANSWER)[0]))
        end = first_tag(after.partition(ANSWER)[0])
        if end:
            return Span(start, _until_tag(after, end))
    start = last_tag(turns.opening)
    end = counterpart(start)
    if end and end in source:
        after = turns.quiet.partition(start)[2]
        start = turns.opening[turns.opening.rindex(start) :]
        return Span(start, _until_tag(after, end) if end in after else end)
    if any(pair := empty_pair(turns.quiet)):
        return Span(*pair)
    return next((Span(*tags) for tags in _THINKING_TAGS if all(tag in source for tag in tags)), Span())


def _until_tag(text: str, tag: str) -> str:
    """The beginning of ``text`` through ``tag`` and the white space behind it."""
    end = text.index(tag) + len(tag)
    return text[:end] + text[end : end + len(text[end:]) - len(text[end:].lstrip())]


def _with_lead(thinking: Span, turns: Turns, turn_start: str) -> Span:
    """``thinking`` with the white space that stands between the header of a turn and its start."""
    for text in (turns.thoughtful or "", turns.opening):
        lead, found, _ = text.removeprefix(turn_start).partition(thinking.start)
        if found and text.startswith(turn_start) and not lead.strip():
            return Span(lead + thinking.start, thinking.end)
    return thinking


def _turn_start(turns: Turns, thinking: Span) -> str:
    """The header of a turn: what generation prompts and turns have in common, before any thought."""
    header = common_prefix(turns.opening, (turns.plain or "").partition(ANSWER)[0])
    if common_prefix(header, turns.quiet).strip():
        header = common_prefix(header, turns.quiet)
    for marker in (thinking.start.strip(), thinking.end.strip()):
        header = header.partition(marker)[0] if marker else header
    return header


def _content(turns: Turns, turn_start: str, thinking: Span) -> Span:
    """The tags around the answer, if there are any."""
    before, _, after = (turns.plain or "").partition(ANSWER)
    start = _without_thinking(before.removeprefix(turn_start), thinking)
    if not first_tag(start):
        return Span()
    end = counterpart(start.strip())
    return Span(start.lstrip(), end if end and end in after else first_tag(after))


def _without_thinking(text: str, thinking: Span) -> str:
    """``text`` without an empty thought at its beginning, or the mere start or end of one."""
    start, end = thinking.start.strip(), thinking.end.strip()
    return removed(removed(text, start), end)


def _turn_end(turns: Turns, content: Span) -> str:
    """The marker that ends a turn, if there is one: behind the last answer, or before the user goes on."""
    followed = (turns.followed or "").partition(NEXT)[0]
    header = shared_prefix(turns.before_user[::-1], followed[::-1])[::-1]
    for text in (turns.plain, followed.removesuffix(header)):
        after = (text or "").partition(ANSWER)[2]
        end = (after.partition(content.end)[2] if content.end else after).strip()
        if end:
            return first_tag(end) or (end if len(end) < _MAX_TURN_END and len(end.split()) == 1 else "")
    return ""


def _body(text: str, base: ToolFormat) -> str:
    """The part of a turn that is its calls: without header, empty thought and content, and the turn's end."""
    text = _without_thinking(text.removeprefix(base.turn_start), base.thinking)
    text = removed(text, base.content.start.strip(), base.content.end.strip())
    if base.turn_ends:
        last = text.rfind(VALUES[0][1])
        end = text.find(base.turn_ends[0], max(text.rfind(VALUES[1][1]), last))
        text = text[:end] if end >= 0 else text
    return text.lstrip()
