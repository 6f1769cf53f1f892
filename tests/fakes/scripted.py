"""A backend without a model: ``EngineConfig(script.json, backend="tests.fakes.scripted:ScriptedBackend")``.

``model_path`` names a JSON file with the fields of ``Script``. Two kinds of model can be played:

* ``answers``: after a prompt in which the regular expression ``match`` is found comes ``text``, then the
  first end-of-generation token. The first answer that matches is taken, else ``default``. ``{{name}}`` in
  the text is what the group of that name has matched.
* ``hash``: the next token depends on every token in the slot and on nothing else, so that whatever goes
  wrong with slots, prefixes or parking changes the output.

Slots and cells are counted as strictly as llama.cpp does it, in a way of its own: what the engine may
not do is an ``AssertionError``.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from llamar_server.config import EngineConfig
from llamar_server.engine.backend import CellsExhausted, Chunk, Logits, Progress, TokenIds
from llamar_server.engine.protocol import ModelInfo
from llamar_server.engine.sampling import SamplingParams
from llamar_server.errors import EngineError, ModelLoadError

BACKEND = "tests.fakes.scripted:ScriptedBackend"
"""For ``EngineConfig.backend``, or ``--backend``. An engine process finds it if the repository's root is
on its ``PYTHONPATH``."""

N_BYTES = 256
SCRIPTED = 100.0
LESSER_EVILS = {"}": 40, "]": 38, '"': 36, ".": 20}
"""What comes where the script is not allowed: text that ends most grammars soon."""


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """``text`` may name control tokens. ``crash`` is how the process ends after it, instead of an end
    of generation: by a signal, or because ``decode`` raises EngineError."""

    text: str = ""
    match: str = ""
    crash: Literal["SIGABRT", "SIGKILL", "raise"] | None = None


class Script(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    model: Literal["answers", "hash"] = "answers"
    answers: tuple[Answer, ...] = ()
    default: str = "Hello!"
    control: tuple[str, ...] = ("<|im_start|>", "<|im_end|>")
    eog: tuple[str, ...] = ("<|im_end|>",)
    """Those of ``control`` that end a generation; the first is written by the model."""
    tokens: tuple[str, ...] = ()
    """Further tokens of several characters; user-defined, as llama.cpp calls it: they have text."""
    bos: str | None = None
    """A control token that every prompt begins with."""
    chat_template: str | None = None
    tool_use_template: str | None = None
    n_ctx: int = 4096
    """What the model was trained for; ``EngineConfig.n_ctx`` may say otherwise."""
    spare_slots: int = 4
    truncates: bool = True
    """False: as a recurrent model, whose state cannot be cut."""
    window: int = 0
    """As with a sliding window: a slot that is not computed in a step forgets all but its last tokens,
    that many."""
    restore_fails: bool = False
    step_delay: float = 0.0
    """Seconds that each batch takes, at least."""
    load_delay: float = 0.0
    load_error: str | None = None
    seed: int = 0


def write_script(directory: Path, **fields: Any) -> str:
    """The path of a file in ``directory`` that holds the ``Script`` with these fields."""
    content = msgspec.json.encode(msgspec.convert(fields, Script))
    path = directory / f"script-{hashlib.sha1(content).hexdigest()}.json"
    path.write_bytes(content)
    return str(path)


@dataclass(frozen=True, slots=True)
class Turn:
    """What the model is saying, from token ``begin`` of its slot on."""

    begin: int
    words: list[int]
    crash: str | None


@dataclass(slots=True)
class Slot:
    """What one slot holds. The logits were last asked for when there were ``seen`` tokens; those before
    ``forgotten`` are not there any more."""

    tokens: list[int] = field(default_factory=list)
    cells: list[int] = field(default_factory=list)
    turn: Turn | None = None
    seen: int = 0
    forgotten: int = 0

    def cut(self, n: int) -> Slot:
        """The first ``n`` tokens."""
        turn = self.turn if self.turn is not None and self.turn.begin <= n else None
        return Slot(self.tokens[:n], self.cells[:n], turn, min(self.seen, n), self.forgotten if n else 0)


class ScriptedBackend:
    """See ``Backend``. ``n_computed`` counts tokens, ``n_open_samplers`` what was not closed."""

    def __init__(self, config: EngineConfig, on_progress: Progress) -> None:
        self.script = script = msgspec.json.decode(Path(config.model_path).read_bytes(), type=Script)
        for percent in range(0, 101, 10):
            on_progress(percent / 100)
            time.sleep(script.load_delay / 10)
        if script.load_error is not None:
            raise ModelLoadError(script.load_error)
        self.vocabulary = Vocabulary(script)
        self.eog, self.control = self.vocabulary.eog, self.vocabulary.control
        self.truncates = script.truncates
        n_ctx = config.n_ctx or script.n_ctx
        self.n_cells = max(n_ctx, config.kv_cells or 0)
        self.n_slots = config.n_parallel + (script.spare_slots if script.truncates else 0)
        self.n_computed = 0
        self.n_open_samplers = 0
        self._n_batch = config.n_batch
        model = HashModel if script.model == "hash" else AnswerModel
        self._model = model(script, self.vocabulary)
        self._slots = [Slot() for _ in range(self.n_slots)]
        self._holders: Counter[int] = Counter()
        self._rows: dict[int, Logits] = {}
        self._next_cell = 0
        self._closed = False
        self.info = self._describe(config, n_ctx)

    def _describe(self, config: EngineConfig, n_ctx: int) -> ModelInfo:
        script = self.script
        return ModelInfo(
            name=config.model_id or Path(config.model_path).stem,
            path=config.model_path,
            architecture="scripted",
            description="a script",
            n_ctx=n_ctx,
            n_ctx_train=script.n_ctx,
            n_vocab=len(self.vocabulary.pieces),
            n_params=0,
            size=0,
            n_parallel=config.n_parallel,
            chat_template=script.chat_template,
            tool_use_template=script.tool_use_template,
            bos_token=script.bos or "",
            eos_token=script.eog[0],
            add_bos=script.bos is not None,
        )

    # --- tokens ---

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        bos = [self.vocabulary.ids[self.script.bos]] if add_special and self.script.bos else []
        return bos + self.vocabulary.tokenize(text, parse_special=parse_special)

    def piece(self, token: int, *, special: bool = False) -> bytes:
        assert 0 <= token < len(self.vocabulary.pieces), f"no such token: {token}"
        return b"" if token in self.control and not special else self.vocabulary.pieces[token]

    # --- computing ---

    def decode(self, chunks: Sequence[Chunk]) -> None:
        assert not self._closed
        self._check(chunks)
        time.sleep(self.script.step_delay)
        n_tokens = sum(len(chunk.tokens) for chunk in chunks)
        if len(self._holders) + n_tokens > self.n_cells:
            raise CellsExhausted
        self._rows = {}
        for chunk in chunks:
            slot = self._slots[chunk.slot]
            self._fill(slot, chunk.tokens)
            if chunk.logits:
                self._rows[id(chunk)] = self._model.logits(slot)
                slot.seen = len(slot.tokens)
        self.n_computed += n_tokens
        self._forget(chunks)

    def _check(self, chunks: Sequence[Chunk]) -> None:
        assert chunks, "an empty batch"
        assert sum(len(chunk.tokens) for chunk in chunks) <= self._n_batch, "more than n_batch tokens"
        assert len({chunk.slot for chunk in chunks}) == len(chunks), "two chunks for one slot"
        for chunk in chunks:
            assert chunk.tokens, "an empty chunk"
            assert chunk.start == len(self._slots[chunk.slot].tokens), "a chunk in the wrong place"
            assert self.holds(chunk.slot, chunk.start), "what comes before is forgotten"
            assert all(0 <= token < len(self.vocabulary.pieces) for token in chunk.tokens)

    def logits(self, chunk: Chunk) -> Logits:
        assert id(chunk) in self._rows, "no logits were asked for"
        return self._rows[id(chunk)]

    def sampler(self, params: SamplingParams, seed: int) -> ScriptedSampler:
        self.n_open_samplers += 1
        return ScriptedSampler(self, params, seed)

    # --- memory ---

    @property
    def used_cells(self) -> int:
        return len(self._holders)

    def held(self, slot: int) -> list[int]:
        """The tokens in a slot."""
        return self._slots[slot].tokens

    def holds(self, slot: int, n: int) -> bool:
        return self._slots[slot].forgotten <= max(0, n - self.script.window)

    def _forget(self, computed: Sequence[Chunk]) -> None:
        busy = {chunk.slot for chunk in computed}
        for index, slot in enumerate(self._slots):
            if self.script.window and index not in busy:
                slot.forgotten = max(slot.forgotten, len(slot.tokens) - self.script.window)

    def copy(self, source: int, target: int, n: int) -> None:
        assert not self._closed
        assert not self._slots[target].tokens, "the target is not empty"
        assert 0 < n <= len(self._slots[source].tokens), "more than there is"
        assert self.truncates or n == len(self._slots[source].tokens), "the state cannot be cut"
        self._slots[target] = self._slots[source].cut(n)
        self._holders.update(self._slots[target].cells)

    def truncate(self, slot: int, n: int) -> bool:
        assert not self._closed
        assert 0 <= n <= len(self._slots[slot].tokens), "more than there is"
        possible = self.truncates or n in (0, len(self._slots[slot].tokens))
        kept = n if possible else 0
        for cell in self._slots[slot].cells[kept:]:
            self._holders[cell] -= 1
            if not self._holders[cell]:
                del self._holders[cell]
        self._slots[slot] = self._slots[slot].cut(kept)
        return possible

    def state_size(self, slot: int) -> int:
        return 1000 * len(self._slots[slot].tokens)

    def save(self, slot: int) -> Slot:
        assert not self._closed
        return replace(self._slots[slot].cut(len(self._slots[slot].tokens)), cells=[])

    def restore(self, slot: int, state: Slot) -> bool:
        assert not self._closed
        assert not self._slots[slot].tokens, "the slot is not empty"
        if self.script.restore_fails or len(self._holders) + len(state.tokens) > self.n_cells:
            return False
        restored = Slot(turn=state.turn, seen=state.seen, forgotten=state.forgotten)
        self._fill(restored, state.tokens)
        self._slots[slot] = restored
        return True

    def _fill(self, slot: Slot, tokens: Sequence[int]) -> None:
        cells = range(self._next_cell, self._next_cell + len(tokens))
        self._next_cell += len(tokens)
        slot.tokens.extend(tokens)
        slot.cells.extend(cells)
        self._holders.update(cells)

    def close(self) -> None:
        assert not self._closed
        self._closed = True


class Vocabulary:
    """All bytes, then the script's tokens."""

    def __init__(self, script: Script) -> None:
        control = [*script.control, *([script.bos] if script.bos else [])]
        named = list(dict.fromkeys([*control, *script.eog, *script.tokens]))
        self.pieces = [bytes([i]) for i in range(N_BYTES)] + [name.encode() for name in named]
        self.ids = {name: N_BYTES + i for i, name in enumerate(named)}
        self.eog = frozenset(self.ids[name] for name in script.eog)
        self.control = self.eog.union(self.ids[name] for name in control)
        self._with_text = _one_of(script.tokens)
        self._all = _one_of(named)

    def tokenize(self, text: str, *, parse_special: bool) -> list[int]:
        tokens: list[int] = []
        for part in (self._all if parse_special else self._with_text).split(text):
            known = self.ids.get(part)
            if known is None or (known in self.control and not parse_special):
                tokens.extend(part.encode())
            else:
                tokens.append(known)
        return tokens

    def text(self, tokens: Sequence[int]) -> str:
        return b"".join(self.pieces[token] for token in tokens).decode(errors="replace")


def _one_of(names: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(f"({'|'.join(map(re.escape, longest_first))})" if names else "(?!)")


class HashModel:
    """Logits out of a hash of all tokens, with printable ASCII preferred."""

    def __init__(self, script: Script, vocabulary: Vocabulary) -> None:
        self._seed = script.seed.to_bytes(8, "little")
        self._n_vocab = len(vocabulary.pieces)

    def logits(self, slot: Slot) -> Logits:
        data = np.asarray(slot.tokens, np.int32).tobytes()
        noise = hashlib.shake_128(self._seed + data).digest(2 * self._n_vocab)
        logits = np.frombuffer(noise, np.uint16).astype(np.float32)
        logits /= 2**14
        logits[32:127] += 1.5
        return logits


class AnswerModel:
    """Logits that follow the script.

    The model is not told where a prompt ends. It takes that what was computed since it was last asked
    is its own answer so far, or a word that a grammar made it say; otherwise it is a new prompt.
    """

    def __init__(self, script: Script, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._answers = [(re.compile(a.match, re.DOTALL), a) for a in script.answers]
        self._answers.append((re.compile(""), Answer(script.default)))
        self._eog = vocabulary.ids[script.eog[0]]

    def logits(self, slot: Slot) -> Logits:
        turn = slot.turn
        if turn is None or not self._continues(slot, turn):
            turn = slot.turn = self._new_turn(slot)
        said = len(slot.tokens) - turn.begin
        if said >= len(turn.words) and turn.crash is not None:
            _crash(turn.crash)
        logits = np.zeros(len(self._vocabulary.pieces), np.float32)
        for character, logit in LESSER_EVILS.items():
            logits[ord(character)] = logit
        logits[self._eog] = SCRIPTED / 2
        logits[turn.words[said] if said < len(turn.words) else self._eog] = SCRIPTED
        return logits

    def _continues(self, slot: Slot, turn: Turn) -> bool:
        new, said = slot.tokens[slot.seen :], slot.seen - turn.begin
        return len(new) <= 1 or new == turn.words[said : said + len(new)]

    def _new_turn(self, slot: Slot) -> Turn:
        prompt = self._vocabulary.text(slot.tokens)
        found = ((pattern.search(prompt), answer) for pattern, answer in self._answers)
        match, answer = next((match, answer) for match, answer in found if match)
        text = answer.text
        for name, value in match.groupdict().items():
            text = text.replace("{{" + name + "}}", value)
        words = self._vocabulary.tokenize(text, parse_special=True)
        return Turn(len(slot.tokens), words, answer.crash)


def _crash(how: str) -> None:
    if how == "raise":
        raise EngineError("the script says so")
    os.kill(os.getpid(), getattr(signal, how))
    time.sleep(60)  # a signal may take its time


class ScriptedSampler:
    """Greedy, or temperature with a seed; other parameters are llama.cpp's business. ``accepted`` is
    what it was told."""

    def __init__(self, backend: ScriptedBackend, params: SamplingParams, seed: int) -> None:
        self.params = params
        self.accepted: list[int] = []
        self._backend = backend
        self._random = np.random.default_rng(seed)
        self._closed = False

    def sample(self, logits: Logits, ids: TokenIds | None = None) -> int:
        assert not self._closed
        assert len(logits), "nothing to choose from"
        if self.params.temperature <= 0:
            chosen = int(logits.argmax())
        else:
            weights = np.exp((logits - logits.max()).astype(np.float64) / self.params.temperature)
            chosen = int(self._random.choice(len(weights), p=weights / weights.sum()))
        return chosen if ids is None else int(ids[chosen])

    def accept(self, token: int) -> None:
        assert not self._closed
        self.accepted.append(token)

    def close(self) -> None:
        assert not self._closed, "closed twice"
        self._closed = True
        self._backend.n_open_samplers -= 1
