"""Which slot holds which tokens, and how many KV cells that takes.

A slot belongs to a running sequence, or is idle and keeps what it computed for whoever comes with the
same prefix, or is empty. A new sequence starts from the longest prefix that any slot holds, running
ones included: slots share cells, so a copied prefix costs nothing. Cells are counted exactly as
llama.cpp's unified cache uses them: one for each distinct token, however many slots share it.

It decides nothing about sequences: who runs, waits or is parked is the scheduler's.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from .backend import Memory
from .snapshots import Parked, Snapshots
from .tokens import common_prefix

BLOCK = 64
"""Tokens that are computed, and shared, together. A prefix that neither is a whole slot nor leaves just
the last token to compute is shared in whole blocks: a few common tokens are not worth a slot, and
attention kernels work on blocks of this size, so that results depend on where one starts."""


_IDLE_CELLS = 512
"""Idle cells that may stay in the pool: each costs every computed token a little, about as much in one
or two hundred tokens as taking it to RAM and back."""

_WORTH_RESTORING = 256
"""Tokens that computing them again must save."""


class _Slot:
    __slots__ = ("cells", "running", "tokens", "used")

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.cells: list[int] = []
        self.running = False
        self.used = 0


class PrefixCache:
    """All slots of one backend. ``memory`` is told of every change that it must follow; at most
    ``max_ram`` bytes of idle prefixes are kept in RAM."""

    def __init__(
        self, memory: Memory, n_slots: int, n_cells: int, *, truncates: bool, max_ram: int = 0
    ) -> None:
        self.n_cells = n_cells
        self._memory = memory
        self._truncates = truncates
        self._slots = [_Slot() for _ in range(n_slots)]
        self._holders = [0] * n_cells
        self._running_holders = [0] * n_cells
        self._free = list(range(n_cells - 1, -1, -1))
        self._running_cells = 0
        self._clock = count(1)
        self._snapshots = Snapshots(max_ram)

    # --- what there is ---

    @property
    def free_cells(self) -> int:
        return len(self._free)

    @property
    def available_cells(self) -> int:
        """Cells that are free or would be, were all idle slots emptied."""
        return self.n_cells - self._running_cells

    def tokens(self, slot: int) -> Sequence[int]:
        """The tokens whose state ``slot`` holds."""
        return self._slots[slot].tokens

    def shared_with_running(self, tokens: Sequence[int]) -> int:
        """How many leading tokens of ``tokens`` would cost no cell, as running slots hold them."""
        if not self._truncates:
            return 0
        running = (s.tokens for s in self._slots if s.running)
        return max((common_prefix(held, tokens) // BLOCK * BLOCK for held in running), default=0)

    # --- slots ---

    def acquire(self, tokens: Sequence[int]) -> int:
        """A running slot that holds as much of a prefix of ``tokens`` as there is, never all of it:
        the last token must be computed to know what follows."""
        self._fetch(tokens)
        source, n = self._best_source(tokens)
        if source is None:
            slot = self._empty_slot(keep=None)
        elif self._should_take_over(source, n):
            slot = source
            self._truncate(slot, n)
        else:
            slot = self._empty_slot(keep=source)
            self._share(source, slot, n)
        alone = not self._running_cells
        self._set_running(slot, True)
        if alone:
            self._clear_away()
        return slot

    def commit(self, slot: int, tokens: Sequence[int]) -> None:
        """Count ``tokens`` as computed at the end of the running ``slot``."""
        state = self._slots[slot]
        for token in tokens:
            cell = self._free.pop()
            self._holders[cell] = self._running_holders[cell] = 1
            state.cells.append(cell)
            state.tokens.append(token)
        self._running_cells += len(tokens)

    def release(self, slot: int) -> None:
        """The sequence is done: keep its tokens, idle, until the room is needed."""
        self._set_running(slot, False)
        self._slots[slot].used = next(self._clock)

    def park(self, slot: int) -> Parked:
        """Take the state out of a slot and free its cells."""
        state = self._slots[slot]
        parked = Parked(list(state.tokens), self._memory.save(slot))
        self.drop(slot)
        return parked

    def resume(self, parked: Parked) -> int | None:
        """A running slot with the parked state, or None where the backend will not take it back."""
        self.make_room(len(parked.tokens))
        slot = self._empty_slot(keep=None)
        if not self._memory.restore(slot, parked.state):
            return None
        self._set_running(slot, True)
        self.commit(slot, parked.tokens)
        return slot

    def drop(self, slot: int) -> None:
        """Empty a slot, running or not."""
        if self._slots[slot].running:
            self._set_running(slot, False)
        self._truncate(slot, 0)

    def make_room(self, n: int) -> bool:
        """Drop idle slots, the longest unused first, until ``n`` cells are free. False if it is not
        enough."""
        while len(self._free) < n:
            idle = self._least_recently_used()
            if idle is None:
                return False
            self._put_away(idle)
        return True

    # --- RAM ---

    def _clear_away(self) -> None:
        """Before one sequence computes alone: move idle prefixes to RAM, the longest unused first. While
        others run, cells that become free would scatter theirs."""
        idle = [i for i, slot in enumerate(self._slots) if slot.tokens and not slot.running]
        for index in sorted(idle, key=lambda i: self._slots[i].used):
            if self.n_cells - len(self._free) - self._running_cells <= _IDLE_CELLS:
                return
            cells = self._slots[index].cells
            shared = sum(self._running_holders[cell] > 0 for cell in cells)
            if 2 * shared <= len(cells) and self._snapshots.has_room_for(self._memory.state_size(index)):
                self._put_away(index)

    def _put_away(self, index: int) -> None:
        """Empty an idle slot; its state goes to RAM if it is worth it and there is room."""
        size = self._memory.state_size(index)
        if len(self._slots[index].tokens) >= _WORTH_RESTORING and self._snapshots.has_room_for(size):
            self._snapshots.put(self.park(index), size)
        else:
            self.drop(index)

    def _fetch(self, tokens: Sequence[int]) -> None:
        """Bring a prefix back from RAM, as an idle slot, if it is better than what the slots hold."""
        parked, n = self._snapshots.best(tokens, whole=not self._truncates)
        if parked is None or n < self._best_source(tokens)[1] + _WORTH_RESTORING:
            return
        if len(parked.tokens) <= self.available_cells:
            self._snapshots.remove(parked)
            slot = self.resume(parked)
            if slot is not None:
                self.release(slot)

    # --- the inside ---

    def _best_source(self, tokens: Sequence[int]) -> tuple[int | None, int]:
        best, length = None, 0
        limit = len(tokens) - 1
        for index, slot in enumerate(self._slots):
            if not slot.tokens:
                continue
            n = min(common_prefix(slot.tokens, tokens), limit)
            whole = n == len(slot.tokens)
            if not whole and n < limit:
                n -= n % BLOCK
            if n > length and self._can_begin(index, n, whole):
                best, length = index, n
        return best, length

    def _can_begin(self, index: int, n: int, whole: bool) -> bool:
        """Whether a sequence can begin with the first ``n`` tokens of a slot; ``whole``: with all of it."""
        if not self._truncates:
            return whole and not self._slots[index].running
        return whole or self._memory.holds(index, n)

    def _should_take_over(self, source: int, n: int) -> bool:
        """Whether a copy would leave nothing of worth behind, or there is no slot for one."""
        slot = self._slots[source]
        if slot.running:
            return False
        if n == len(slot.tokens):
            return True
        return all(other.running for i, other in enumerate(self._slots) if i != source)

    def _empty_slot(self, keep: int | None) -> int:
        for index, slot in enumerate(self._slots):
            if not slot.tokens and not slot.running:
                return index
        idle = self._least_recently_used(keep)
        if idle is None:
            raise RuntimeError("every slot is running; the scheduler admits too many sequences")
        self._put_away(idle)
        return idle

    def _least_recently_used(self, keep: int | None = None) -> int | None:
        idle = [i for i, s in enumerate(self._slots) if s.tokens and not s.running and i != keep]
        return min(idle, key=lambda i: self._slots[i].used, default=None)

    def _share(self, source: int, target: int, n: int) -> None:
        self._memory.copy(source, target, n)
        self._slots[target].tokens = self._slots[source].tokens[:n]
        self._slots[target].cells = self._slots[source].cells[:n]
        for cell in self._slots[target].cells:
            self._holders[cell] += 1

    def _truncate(self, index: int, n: int) -> None:
        slot = self._slots[index]
        if n == len(slot.tokens):
            return
        if not self._memory.truncate(index, n):
            n = 0
        for cell in slot.cells[n:]:
            self._holders[cell] -= 1
            if not self._holders[cell]:
                self._free.append(cell)
        del slot.tokens[n:], slot.cells[n:]

    def _set_running(self, index: int, running: bool) -> None:
        slot = self._slots[index]
        slot.running = running
        step = 1 if running else -1
        edge = 1 if running else 0
        for cell in slot.cells:
            self._running_holders[cell] += step
            if self._running_holders[cell] == edge:
                self._running_cells += step
