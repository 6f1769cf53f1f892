"""Engine cores over the scripted backend, driven step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from llamar_server.config import EngineConfig
from llamar_server.engine.backend import Chunk, load_backend
from llamar_server.engine.core import EngineCore
from llamar_server.engine.protocol import GenerateRequest, SequenceFinish, SequenceOutput, TokenLogprob
from llamar_server.engine.sampling import SamplingParams
from tests.fakes.scripted import ScriptedBackend, ScriptedSampler, Slot, write_script

MAX_STEPS = 20_000  # more than any test needs: what goes on for longer never ends

GREEDY = SamplingParams(temperature=0)
_ids = count()


class RecordingBackend(ScriptedBackend):
    """Keeps all batches, how each restoring of a parked state went, and all samplers with their seeds."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.batches: list[list[Chunk]] = []
        self.restored: list[bool] = []
        self.samplers: list[ScriptedSampler] = []
        self.seeds: list[int] = []

    def decode(self, chunks: Sequence[Chunk]) -> None:
        self.batches.append(list(chunks))
        super().decode(chunks)

    def restore(self, slot: int, state: Slot) -> bool:
        self.restored.append(super().restore(slot, state))
        return self.restored[-1]

    def sampler(self, params: SamplingParams, seed: int) -> ScriptedSampler:
        self.samplers.append(super().sampler(params, seed))
        self.seeds.append(seed)
        return self.samplers[-1]


@dataclass
class Choice:
    """All outputs of one choice."""

    text: str = ""
    n_tokens: int = 0
    logprobs: list[TokenLogprob] = field(default_factory=list)
    finish: SequenceFinish | None = None

    def add(self, output: SequenceOutput) -> None:
        assert self.finish is None, "an output after the finish"
        self.text += output.text
        self.n_tokens += output.n_tokens
        self.logprobs += output.logprobs
        self.finish = output.finish

    @property
    def reason(self) -> str:
        assert self.finish is not None
        return self.finish.reason


class Harness:
    """One engine core and everything that came out of it, by request id and index."""

    def __init__(self, directory: Path, script: dict[str, Any], **settings: Any) -> None:
        config = EngineConfig(
            write_script(directory, **script),
            backend="tests.engine.harness:RecordingBackend",
            **settings,
        )
        backend = load_backend(config)
        assert isinstance(backend, RecordingBackend)
        self.backend = backend
        self.core = EngineCore(backend, config)
        self.choices: dict[str, list[Choice]] = {}
        self.steps = 0

    def add(self, request: GenerateRequest) -> str:
        self.core.add(request)
        self.choices[request.request_id] = [Choice() for _ in range(request.n)]
        return request.request_id

    def request(
        self, prompt: str | list[int], sampling: SamplingParams = GREEDY, **fields: Any
    ) -> GenerateRequest:
        """A request made of these fields, with a new id."""
        return GenerateRequest(request_id=f"r{next(_ids)}", prompt=prompt, sampling=sampling, **fields)

    def submit(self, prompt: str | list[int], sampling: SamplingParams = GREEDY, **fields: Any) -> str:
        """Adds a request made of these fields; its id."""
        return self.add(self.request(prompt, sampling, **fields))

    def step(self) -> list[SequenceOutput]:
        self.steps += 1
        assert self.steps < MAX_STEPS, "this never ends"
        outputs = self.core.step()
        for output in outputs:
            self.choices[output.request_id][output.index].add(output)
        return outputs

    def run(self) -> None:
        """Until nothing is left to do."""
        while not self.core.idle:
            self.step()

    def complete(self, prompt: str | list[int], sampling: SamplingParams = GREEDY, **fields: Any) -> Choice:
        """The first choice of one more request, when all are done."""
        request_id = self.submit(prompt, sampling, **fields)
        self.run()
        return self.choices[request_id][0]

    def assert_at_rest(self) -> None:
        """Nothing of any request is left, but what idle slots keep."""
        cache = self.core._cache
        assert self.core.idle
        assert self.backend.n_open_samplers == 0
        assert cache.available_cells == self.backend.n_cells
        assert cache.free_cells == self.backend.n_cells - self.backend.used_cells
        assert not self.core._scheduler.running
        assert not self.core._scheduler.waiting
