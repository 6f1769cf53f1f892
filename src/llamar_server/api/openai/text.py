"""A text completion on the wire, whole or in chunks: https://platform.openai.com/docs/api-reference/completions/object.

Pure. The endpoint is in ``completions``.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import Any, Final

from ...chat.events import Usage
from ...engine.protocol import EngineFinish, SequenceFinish, SequenceOutput, TokenLogprob
from ...errors import EngineDied
from ..logprobs import logprob, token_text
from ..sse import event
from .response import DONE
from .shapes import Head, usage

_REASONS: Final[dict[EngineFinish, str]] = {
    "eos": "stop",
    "stop": "stop",
    "length": "length",
    "context": "length",
}


class TextCompletion:
    """One answer on its way out, with ``n`` choices for each of the ``prompts``, in that order.

    ``echoes`` are the prompts' texts, where each choice is to begin with its own. Told outputs as
    ``(prompt, output)``.
    """

    def __init__(
        self,
        head: Head,
        *,
        prompts: int,
        n: int,
        logprobs: bool,
        echoes: Sequence[str] | None = None,
        include_usage: bool = False,
    ) -> None:
        self._fields = head.fields("text_completion")
        self._n = n
        self._include_usage = include_usage
        texts = [""] * prompts if echoes is None else echoes
        begun = [text for text in texts for _ in range(n)]
        self._choices = [_TextChoice(i, text, logprobs=logprobs) for i, text in enumerate(begun)]

    def opening(self) -> bytes:
        """The echoes."""
        return b"".join(self._chunk(choice.part(choice.text)) for choice in self._choices if choice.text)

    def step(self, output: tuple[int, SequenceOutput], /) -> bytes:
        place, brought = output
        part = self._choices[place * self._n + brought.index].take(brought)
        return b"" if part is None else self._chunk(part)

    def closing(self) -> bytes:
        """The end of the stream. Raises EngineDied when a choice has not finished."""
        counts = self._usage()
        if not self._include_usage:
            return DONE
        return event({**self._fields, "choices": [], "usage": counts}) + DONE

    def whole(self) -> dict[str, Any]:
        """The answer that is not streamed. Raises EngineDied when a choice has not finished."""
        counts = self._usage()
        return {**self._fields, "choices": [choice.whole() for choice in self._choices], "usage": counts}

    def _chunk(self, part: dict[str, Any]) -> bytes:
        chunk = {**self._fields, "choices": [part]}
        if self._include_usage:
            chunk["usage"] = None
        return event(chunk)

    def _usage(self) -> dict[str, Any]:
        """The prompts' usages added up; the choices of one prompt share it."""
        each = [_counted(choice.finish) for choice in self._choices]
        shared = [usage(each[i : i + self._n]) for i in range(0, len(each), self._n)]
        total = {
            name: sum(one[name] for one in shared)
            for name in ("prompt_tokens", "completion_tokens", "total_tokens")
        }
        cached = sum(one["prompt_tokens_details"]["cached_tokens"] for one in shared)
        return {**total, "prompt_tokens_details": {"cached_tokens": cached}}


def _counted(finish: SequenceFinish | None) -> Usage:
    if finish is None:
        raise EngineDied("the engine stopped before the answer was complete")
    return Usage(finish.prompt_tokens, finish.completion_tokens, finish.cached_tokens)


class _TextChoice:
    """One choice: its text so far, and what each step adds."""

    def __init__(self, index: int, echo: str, *, logprobs: bool) -> None:
        self.finish: SequenceFinish | None = None
        self._index = index
        self._texts = [echo]
        self._logprobs = _Logprobs(len(echo)) if logprobs else None

    @property
    def text(self) -> str:
        return "".join(self._texts)

    def take(self, output: SequenceOutput) -> dict[str, Any] | None:
        """The part of a chunk for what one step brought; None if there is nothing to tell."""
        self.finish = output.finish
        self._texts.append(output.text)
        told = self._logprobs.take(output.logprobs) if self._logprobs is not None else None
        if not output.text and not output.logprobs and output.finish is None:
            return None
        return self.part(output.text, told)

    def part(self, text: str, logprobs: dict[str, Any] | None = None) -> dict[str, Any]:
        reason = None if self.finish is None else _REASONS[self.finish.reason]
        return {"index": self._index, "text": text, "logprobs": logprobs, "finish_reason": reason}

    def whole(self) -> dict[str, Any]:
        return self.part(self.text, self._logprobs.whole() if self._logprobs is not None else None)


class _Logprobs:
    """The legacy form: lists side by side. Offsets are characters from the beginning of the text."""

    def __init__(self, offset: int) -> None:
        self._offset = offset
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._all = _lists()

    def take(self, tokens: Sequence[TokenLogprob]) -> dict[str, Any]:
        new = _lists()
        for token in tokens:
            new["tokens"].append(_name(token))
            new["token_logprobs"].append(logprob(token.logprob))
            new["top_logprobs"].append({_name(each): logprob(each.logprob) for each in token.top})
            new["text_offset"].append(self._offset)
            self._offset += len(self._decoder.decode(token.piece))
        for name, values in new.items():
            self._all[name] += values
        return new

    def whole(self) -> dict[str, Any]:
        return self._all


def _lists() -> dict[str, list[Any]]:
    return {"tokens": [], "token_logprobs": [], "top_logprobs": [], "text_offset": []}


def _name(token: TokenLogprob) -> str:
    """OpenAI's own way to name a token that is a part of a character only."""
    text = token_text(token.piece)
    return text if text.encode() == token.piece else f"bytes:{text}"
