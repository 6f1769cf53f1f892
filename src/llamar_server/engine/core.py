"""The engine proper: requests in, one ``step`` at a time, outputs out.

Each step schedules all sequences, computes one batch, and gives every sequence that reached the end
of its known tokens a new one. It is single-threaded and knows tokens only; ``worker.py`` drives it in
a process of its own, ``engine.py`` in the caller's.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..config import EngineConfig
from ..errors import EngineError, InvalidRequest, PromptTooLong, QueueFull
from .backend import Backend, CellsExhausted, Logits
from .constraint import ConstraintCompiler
from .logprobs import token_logprob
from .prefix_cache import PrefixCache
from .protocol import Accepted, GenerateRequest, SequenceOutput, TokenLogprob
from .sampler import SequenceSampler
from .sampling import MAX_TOP_LOGPROBS
from .scheduler import Plan, Scheduler
from .sequence import Sequence


class EngineCore:
    """The state machine over one backend. The window of a request is ``backend.info.n_ctx`` tokens."""

    def __init__(self, backend: Backend, config: EngineConfig) -> None:
        self.backend = backend
        self._config = config
        self._n_ctx = backend.info.n_ctx
        self._n_places = config.n_parallel + config.queue_limit
        self._constraints = ConstraintCompiler(backend, backend.info.n_vocab)
        self._requests: dict[str, list[Sequence]] = {}
        self._begin()

    def _begin(self) -> None:
        backend, config = self.backend, self._config
        self._cache = PrefixCache(
            backend,
            backend.n_slots,
            backend.n_cells,
            truncates=backend.truncates,
            max_ram=config.cache_ram * 2**20,
        )
        self._scheduler = Scheduler(
            self._cache,
            n_parallel=config.n_parallel,
            n_batch=min(config.n_batch, backend.n_cells),
            prefill_chunk=config.prefill_chunk,
        )

    def clear(self) -> None:
        """Forget all requests and all that was computed, after a step that did not come to its end."""
        for sequences in self._requests.values():
            for sequence in sequences:
                if sequence.finish is None:
                    sequence.sampler.close()
        self._requests.clear()
        for slot in range(self.backend.n_slots):
            self.backend.truncate(slot, 0)
        self._begin()

    def prepare(self) -> None:
        """Do beforehand what the first request with a grammar would make all others wait for."""
        self._constraints.prepare()

    @property
    def idle(self) -> bool:
        return not self._requests

    # --- requests ---

    def add(self, request: GenerateRequest) -> Accepted:
        """Queue a request. Raises ``PromptTooLong``, ``InvalidGrammar``, ``InvalidRequest`` or
        ``QueueFull`` and then has changed nothing."""
        if self._scheduler.n_sequences >= self._n_places:
            raise QueueFull("too many requests are waiting; try again in a moment")
        self._check(request)
        prompt = self.prompt_tokens(request)
        window = self._n_ctx - len(prompt)
        if window <= 0:
            raise PromptTooLong(len(prompt), self._n_ctx)
        max_tokens = window if request.max_tokens is None else min(request.max_tokens, window)
        sequences: list[Sequence] = []
        for index in range(request.n):
            sequences.append(self._sequence(request, index, prompt, max_tokens, sequences[:1]))
        for sequence in sequences:
            self._scheduler.add(sequence)
        self._requests[request.request_id] = sequences
        return Accepted(request.request_id, len(prompt), max_tokens)

    def abort(self, request_id: str) -> None:
        """Forget a request; its places are free in the next step. Unknown ids are ignored."""
        for sequence in self._requests.pop(request_id, []):
            if sequence.finish is None:
                self._leave(sequence)

    def prompt_tokens(self, request: GenerateRequest) -> list[int]:
        """The tokens of the prompt, with exactly one begin-of-sequence token where the model wants it."""
        info = self.backend.info
        if isinstance(request.prompt, str):
            text = request.prompt
            if request.parse_special and info.add_bos and info.bos_token:
                text = text.removeprefix(info.bos_token)  # a chat template has written it already
            tokens = self.backend.tokenize(text, add_special=True, parse_special=request.parse_special)
        else:
            tokens = request.prompt
            info.check_tokens(tokens, "prompt")
        if not tokens:
            raise InvalidRequest("the prompt is empty; send at least one token", param="prompt")
        return tokens

    def _check(self, request: GenerateRequest) -> None:
        """Refuse what would break the engine, or be ignored by it, further down."""
        if request.request_id in self._requests:
            raise InvalidRequest(f"a request with the id {request.request_id} is running already")
        if request.n < 1:
            raise InvalidRequest("n must be at least 1", param="n")
        if request.max_tokens is not None and request.max_tokens < 1:
            raise InvalidRequest("max_tokens must be at least 1", param="max_tokens")
        if request.logprobs is not None and not 0 <= request.logprobs <= MAX_TOP_LOGPROBS:
            raise InvalidRequest(f"logprobs must be between 0 and {MAX_TOP_LOGPROBS}", param="logprobs")
        self.backend.info.check_tokens(request.sampling.logit_bias, "logit_bias")

    def _sequence(
        self,
        request: GenerateRequest,
        index: int,
        prompt: list[int],
        max_tokens: int,
        leader: list[Sequence],
    ) -> Sequence:
        params = request.sampling.within(self._n_ctx)
        seed = int.from_bytes(os.urandom(4), "little") if params.seed is None else params.seed + index
        constraint = None
        if request.grammar is not None:
            constraint = self._constraints.compile(request.grammar, request.preserved_tokens)
        sampler = SequenceSampler(
            params,
            self.backend.sampler(params, seed % 0xFFFF_FFFF),  # that one means "draw one" to llama.cpp
            banned=self.backend.eog if request.ignore_eos else (),
        )
        if params.penalized:
            for token in prompt[-params.penalty_last_n :]:
                sampler.accept(token)
        return Sequence(
            request,
            index,
            prompt,
            max_tokens,
            window_is_limit=request.max_tokens is None or request.max_tokens > max_tokens,
            sampler=sampler,
            constraint=constraint,
            shown_control=self._control_tokens(request.preserved_tokens),
            leader=leader[0] if leader else None,
        )

    def _control_tokens(self, texts: Iterable[str]) -> frozenset[int]:
        """Those of ``texts`` that are one control token of this vocabulary."""
        split = [self.backend.tokenize(text, add_special=False, parse_special=True) for text in texts]
        return frozenset(t[0] for t in split if len(t) == 1 and t[0] in self.backend.control)

    # --- steps ---

    def step(self) -> list[SequenceOutput]:
        """Compute one batch. Raises ``EngineError`` where the backend cannot."""
        plan = self._scheduler.schedule()
        if not plan.chunks:
            return []
        self._decode(plan)
        for chunk, sequence in zip(plan.chunks, plan.sequences, strict=True):
            sequence.computed += len(chunk.tokens)
            self._cache.commit(chunk.slot, chunk.tokens)
        return [
            self._advance(sequence, self.backend.logits(chunk))
            for chunk, sequence in zip(plan.chunks, plan.sequences, strict=True)
            if chunk.logits
        ]

    def _decode(self, plan: Plan) -> None:
        try:
            self.backend.decode(plan.chunks)
        except CellsExhausted:
            # Cells are counted here too, but the backend's word is the last one.
            self._cache.make_room(self._cache.n_cells)
            try:
                self.backend.decode(plan.chunks)
            except CellsExhausted:
                raise EngineError("the KV cache has no room for a batch that was planned to fit") from None

    def _advance(self, sequence: Sequence, logits: Logits) -> SequenceOutput:
        """Give ``sequence`` its next token, and those that its grammar forces after it."""
        n_logprobs = sequence.request.logprobs
        row = logits.copy() if n_logprobs is not None else None
        token = sequence.sampler.choose(logits, sequence.constraint)
        logprob = None
        if row is not None and n_logprobs is not None:
            logprob = token_logprob(row, token, n_logprobs, self._piece)
        before = len(sequence.tokens)
        text = self._append(sequence, token, logprob)
        if sequence.constraint is not None:
            text += self._append_forced(sequence)
        output = sequence.output(text, max(1, len(sequence.tokens) - before))
        if sequence.finish is not None:
            self._finish(sequence)
        return output

    def _piece(self, token: int) -> bytes:
        return self.backend.piece(token, special=True)

    def _append(self, sequence: Sequence, token: int, logprob: TokenLogprob | None) -> str:
        if token in self.backend.eog:
            return sequence.end(generated=1)
        shown = token in sequence.shown_control
        return sequence.append(token, self.backend.piece(token, special=shown), logprob)

    def _append_forced(self, sequence: Sequence) -> str:
        """Take the tokens that the grammar leaves no choice about; they are computed as one batch.

        Not where log-probabilities are asked for: those need every token's own logits.
        """
        constraint, text = sequence.constraint, ""
        assert constraint is not None
        if sequence.finish is None and sequence.request.logprobs is None:
            for token in constraint.forced():
                if sequence.finish is not None or not constraint.accepts(token):
                    break
                sequence.sampler.accept(token)
                text += self._append(sequence, token, None)
        if sequence.finish is None and constraint.finished:
            text += sequence.end(generated=0)
        return text

    def _finish(self, sequence: Sequence) -> None:
        self._leave(sequence)
        request_id = sequence.request.request_id
        if all(s.finish is not None for s in self._requests[request_id]):
            del self._requests[request_id]

    def _leave(self, sequence: Sequence) -> None:
        self._scheduler.remove(sequence)
        sequence.sampler.close()
