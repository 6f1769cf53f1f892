"""Who computes what in the next step: continuous batching with chunked prefill.

Sequences wait in the order of their arrival and run as soon as there is a place and room for their
prompt. In each step every decoding sequence gets its token first. What is left goes to those with more
to compute, prompts and what grammars forced: short ones whole and the rest to the oldest, so that a long
prompt stops nobody. When the pool of KV cells is full, idle prefixes go first, then the youngest running
sequence is parked and resumed later. No sequence fails for want of cells: the pool holds at least one
whole window.

It does no computing and knows no backend; the idea follows nano-vllm's scheduler.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from dataclasses import dataclass, field
from itertools import count

from .backend import Chunk
from .prefix_cache import BLOCK, PrefixCache
from .sequence import Sequence

_HEADROOM = 32  # free cells asked for beyond a prompt, so that a resumed sequence is not parked at once


@dataclass(slots=True)
class Plan:
    """One step: a chunk for each sequence that takes part."""

    chunks: list[Chunk] = field(default_factory=list)
    sequences: list[Sequence] = field(default_factory=list)
    n_tokens: int = 0

    def add(self, sequence: Sequence, n: int) -> None:
        assert sequence.slot is not None
        begin, end = sequence.computed, sequence.computed + n
        last = end == len(sequence.tokens)
        self.chunks.append(Chunk(sequence.slot, sequence.tokens[begin:end], begin, last))
        self.sequences.append(sequence)
        self.n_tokens += n


class Scheduler:
    """``waiting`` and ``running`` by age, the oldest first."""

    def __init__(self, cache: PrefixCache, *, n_parallel: int, n_batch: int, prefill_chunk: int) -> None:
        self.waiting: deque[Sequence] = deque()
        self.running: list[Sequence] = []
        self._cache = cache
        self._n_parallel = min(n_parallel, n_batch)  # each must get its token in each step
        self._n_batch = n_batch
        self._prefill_chunk = prefill_chunk
        self._arrivals = count()

    @property
    def n_sequences(self) -> int:
        return len(self.waiting) + len(self.running)

    def add(self, sequence: Sequence) -> None:
        sequence.arrival = next(self._arrivals)
        self.waiting.append(sequence)

    def remove(self, sequence: Sequence) -> None:
        """Finished or aborted: its place is free for the next step."""
        if sequence.slot is not None:
            self._cache.release(sequence.slot)
            sequence.slot = None
            self.running.remove(sequence)
        else:
            self.waiting.remove(sequence)

    def schedule(self) -> Plan:
        """The next step. Empty only when nothing waits or runs."""
        self._admit()
        plan = Plan()
        for sequence in [s for s in self.running if not s.prefilling]:
            if sequence.slot is not None and self._make_room(plan, sequence):
                plan.add(sequence, 1)
        budget = min(self._n_batch - plan.n_tokens, self._prefill_chunk if plan.chunks else self._n_batch)
        self._schedule_prefill(plan, budget)
        return plan

    # --- admission ---

    def _admit(self) -> None:
        for sequence in list(self.waiting):
            if len(self.running) >= self._n_parallel:
                return
            if sequence.leader is not None and sequence.leader.finish is None and sequence.leader.prefilling:
                continue  # its prompt is being computed already
            if not self._fits(sequence):
                return
            self.waiting.remove(sequence)
            self._start(sequence)

    def _fits(self, sequence: Sequence) -> bool:
        if not self.running:
            return True
        promised = sum(s.n_pending for s in self.running)
        room = self._cache.available_cells - promised - _HEADROOM
        need = len(sequence.tokens)
        if sequence.parked is None and need > room:
            need -= self._cache.shared_with_running(sequence.tokens)
        return need <= room

    def _start(self, sequence: Sequence) -> None:
        slot = None
        if sequence.parked is not None:
            held = len(sequence.parked.tokens)
            slot = self._cache.resume(sequence.parked)
            if slot is None:
                sequence.recompute()
        if slot is None:
            slot = self._cache.acquire(sequence.tokens)
            held = len(self._cache.tokens(slot))
        sequence.start(slot, held)
        insort(self.running, sequence, key=_age)

    # --- room ---

    def _make_room(self, plan: Plan, sequence: Sequence) -> bool:
        """Free a cell for ``sequence``; False if it was itself parked for it."""
        while not self._cache.make_room(plan.n_tokens + 1):
            victim = next(s for s in reversed(self.running) if s not in plan.sequences)
            self._park(victim)
            if victim is sequence:
                return False
        return True

    def _park(self, sequence: Sequence) -> None:
        assert sequence.slot is not None
        sequence.parked = self._cache.park(sequence.slot)
        sequence.slot = None
        self.running.remove(sequence)
        insort(self.waiting, sequence, key=_age)

    # --- prompts ---

    def _schedule_prefill(self, plan: Plan, budget: int) -> None:
        prefilling = [s for s in self.running if s.prefilling]
        if not prefilling:
            return
        fair_share = budget // len(prefilling)
        prefilling.sort(key=lambda s: s.n_pending > fair_share)  # short ones first; a stable sort
        for sequence in prefilling:
            if sequence.slot is None:
                continue
            n = min(sequence.n_pending, budget)
            if n > 0 and not self._cache.make_room(plan.n_tokens + n):
                if not plan.chunks and not self._make_room(plan, sequence):
                    continue
                n = min(n, self._cache.free_cells - plan.n_tokens)
            if n > 0:
                n = _aligned(sequence, n)
                plan.add(sequence, n)
                budget -= n


def _age(sequence: Sequence) -> int:
    return sequence.arrival


def _aligned(sequence: Sequence, n: int) -> int:
    """``n``, or less, so that a prompt is cut at whole blocks and not less than one is left: small
    chunks go through other kernels, which round in another way."""
    if n == sequence.n_pending:
        return n
    end = min(sequence.computed + n, len(sequence.tokens) - BLOCK) // BLOCK * BLOCK
    return end - sequence.computed if end > sequence.computed else n
