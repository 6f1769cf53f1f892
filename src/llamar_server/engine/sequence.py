"""All state of one running generation, in one object; nobody else keeps any.

A request with ``n`` choices is ``n`` sequences. A sequence turns tokens into text and knows when it
is finished; it computes nothing and schedules nothing.
"""

from __future__ import annotations

from collections import deque

from .constraint import Constraint
from .detokenizer import Detokenizer
from .protocol import EngineFinish, GenerateRequest, SequenceFinish, SequenceOutput, TokenLogprob
from .sampler import SequenceSampler
from .snapshots import Parked
from .stops import StopStrings


class Sequence:
    """``tokens`` is the prompt and what was generated; the first ``computed`` of them are in ``slot``.

    ``leader`` is a sequence of the same request whose prompt this one will share.
    """

    def __init__(
        self,
        request: GenerateRequest,
        index: int,
        prompt: list[int],
        max_tokens: int,
        *,
        window_is_limit: bool,
        sampler: SequenceSampler,
        constraint: Constraint | None,
        shown_control: frozenset[int],
        leader: Sequence | None,
    ) -> None:
        self.request = request
        self.index = index
        self.tokens = list(prompt)
        self.n_prompt = len(prompt)
        self.sampler = sampler
        self.constraint = constraint
        self.shown_control = shown_control
        self.leader = leader
        self.arrival = 0
        self.slot: int | None = None
        self.parked: Parked | None = None
        self.computed = 0
        self.cached_tokens: int | None = None
        self.finish: SequenceFinish | None = None
        self._max_tokens = max_tokens
        self._limit_reason: EngineFinish = "context" if window_is_limit else "length"
        self._n_generated = 0
        self._detokenizer = Detokenizer()
        self._stops = StopStrings(request.stop)
        self._produced = 0  # characters out of the detokenizer
        self._shown = 0  # characters out of the stop strings
        self._held_logprobs: deque[tuple[int, TokenLogprob]] = deque()

    # --- scheduling ---

    @property
    def n_pending(self) -> int:
        """Tokens that are known but not computed."""
        return len(self.tokens) - self.computed

    @property
    def prefilling(self) -> bool:
        """More is to be computed than the token that was generated last."""
        return self.n_pending > 1

    def start(self, slot: int, held: int) -> None:
        """Run in ``slot``, which holds the first ``held`` tokens."""
        self.slot, self.computed, self.parked = slot, held, None
        if self.cached_tokens is None:
            self.cached_tokens = held

    def recompute(self) -> None:
        """The parked state is lost: everything so far is a prompt again."""
        self.parked, self.computed = None, 0

    # --- text ---

    def append(self, token: int, piece: bytes, logprob: TokenLogprob | None) -> str:
        """Take a generated token that has text; what may be shown now."""
        self.tokens.append(token)
        self._n_generated += 1
        text = self._detokenizer.feed(piece)
        self._produced += len(text)
        if logprob is not None:
            self._held_logprobs.append((self._produced, logprob))
        shown = self._stops.feed(text)
        if self._stops.matched is not None:
            self._end("stop", self._stops.matched)
        elif self._n_generated >= self._max_tokens:
            shown += self._end(self._limit_reason)
        return shown

    def end(self, *, generated: int) -> str:
        """The model ended its answer, with ``generated`` more tokens that have no text."""
        self._n_generated += generated
        return self._end("eos")

    def output(self, text: str, n_tokens: int) -> SequenceOutput:
        """What one step made, with the log-probabilities of the tokens whose text is shown by now."""
        self._shown += len(text)
        logprobs = []
        while self._held_logprobs and self._held_logprobs[0][0] <= self._shown:
            logprobs.append(self._held_logprobs.popleft()[1])
        return SequenceOutput(
            self.request.request_id, self.index, text, n_tokens, tuple(logprobs), self.finish
        )

    def _end(self, reason: EngineFinish, stop: str | None = None) -> str:
        self.finish = SequenceFinish(reason, stop, self.n_prompt, self.cached_tokens or 0, self._n_generated)
        return self._stops.flush()
