"""What a grammar costs: time per token with 20 tools against the same answer without any grammar.

    python -m benchmarks.constrained

Runs the engine in this process on a model with random weights and a vocabulary of 152,000 tokens. Such a
model has nothing to say, so each step's likeliest token is set to the next one of a script: a text with a
tool call in it. The computation is real, and so is the work of the grammar. Figures are processor time on
one thread, which other programs on the machine disturb least; with and without a grammar take turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from llamar_server.chat.formats.spec import ChatFormat, Span, ToolFormat
from llamar_server.chat.grammar import build_grammar
from llamar_server.chat.types import Tool, ToolChoice
from llamar_server.config import EngineConfig
from llamar_server.engine.backend import Chunk, Logits, Progress
from llamar_server.engine.core import EngineCore
from llamar_server.engine.llama import LlamaBackend
from llamar_server.engine.protocol import GenerateRequest
from llamar_server.engine.sampling import SamplingParams

from .model import SHAPES, cache_dir, ensure_model

TARGET = 1.05
N_TOOLS = 20
CERTAIN = 50.0
"""What is added to the logit of the scripted token: no other one is drawn then."""

FORMAT = ToolFormat(style="object", call=Span("<tool_call>\n", "\n</tool_call>"), separator="\n")
PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "units": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        "days": {"type": "integer", "minimum": 1, "maximum": 14},
        "when": {"type": "string", "format": "date-time"},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 200}, "maxItems": 5},
        "where": {"$ref": "#/$defs/place"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "id": {"type": "string", "pattern": "^[a-z]{2}-[0-9]+$"},
        "extra": {"type": "object", "additionalProperties": {"type": "number"}},
    },
    "required": ["city", "where"],
    "$defs": {
        "place": {
            "type": "object",
            "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}},
            "required": ["lat", "lon"],
        }
    },
}
ARGUMENTS = {
    "city": "Bandung on the river",
    "units": "celsius",
    "days": 3,
    "tags": ["some words", "and more of them"],
    "where": {"lat": 12.25, "lon": -7.5},
    "note": "a note that is somewhat longer than all the rest of the arguments",
    "id": "ab-1234",
    "extra": {"charm": 1.5, "strange": 2},
}
CALL = f'<tool_call>\n{{"name": "tool_7", "arguments": {json.dumps(ARGUMENTS)}}}\n</tool_call>'
TEXT = "all of this is only text that goes on and on without any call in it, as most answers do; " * 5


@dataclass(frozen=True, slots=True)
class Case:
    """An answer, and how the tools are offered for it."""

    name: str
    script: str
    choice: ToolChoice
    draws: bool
    """Whether each token is drawn even where only one is possible."""


CASES = (
    Case("free text, calls possible", TEXT, ToolChoice("auto"), draws=True),
    Case("a call, each token drawn", CALL, ToolChoice("required"), draws=True),
    Case("a call", CALL, ToolChoice("required"), draws=False),
)


class ScriptedLlama(LlamaBackend):
    """A real model that says what ``script`` holds, from position ``begin`` on."""

    def __init__(self, config: EngineConfig, on_progress: Progress) -> None:
        super().__init__(config, on_progress)
        self.script: list[int] = []
        self.begin = 0

    def logits(self, chunk: Chunk) -> Logits:
        row = super().logits(chunk)
        at = chunk.start + len(chunk.tokens) - self.begin
        row[self.script[at] if at < len(self.script) else next(iter(self.eog))] += CERTAIN
        return row


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print its table; 0 unless a ratio is above the target."""
    args = _parse(arguments)
    console = Console()
    model = args.model or ensure_model(args.size, "q8_0", args.cache)
    config = EngineConfig(str(model), n_ctx=2048, n_parallel=1, threads=1)
    backend = ScriptedLlama(config, lambda _: None)
    core = EngineCore(backend, config)
    table = Table(
        "case", "tokens", "ms/token without", "with", "ratio (range)", title=f"{N_TOOLS} tools, {model.name}"
    )
    worst = 0.0
    for case in CASES:
        without, constrained = [], []
        _run(core, backend, case, constrained=True, n=0)  # reads the vocabulary and compiles the grammar
        for n in range(args.repeats):
            without.append(_run(core, backend, case, constrained=False, n=n))
            constrained.append(_run(core, backend, case, constrained=True, n=n))
        ratios = [b / a for a, b in zip(without, constrained, strict=True)]
        worst = max(worst, statistics.median(ratios))
        times = f"{statistics.median(without) * 1e3:.2f}", f"{statistics.median(constrained) * 1e3:.2f}"
        spread = f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"
        table.add_row(case.name, str(len(backend.script)), *times, spread)
    console.print(table)
    backend.close()
    return int(worst > TARGET)


def _run(core: EngineCore, backend: ScriptedLlama, case: Case, *, constrained: bool, n: int) -> float:
    """Processor seconds per token of one answer, its prompt not counted."""
    grammar = _grammar(case.choice) if constrained else None
    prompt = f"<|im_start|>user\nquestion {n} {constrained}<|im_end|>\n<|im_start|>assistant\n"
    request = GenerateRequest(
        request_id="0",
        prompt=prompt,
        sampling=SamplingParams(seed=1),
        grammar=grammar,
        logprobs=0 if case.draws else None,
    )
    backend.script = backend.tokenize(case.script, add_special=False, parse_special=False)
    backend.begin = len(core.prompt_tokens(request))
    core.add(request)
    text = "".join(output.text for output in core.step())
    start = time.process_time()
    while not core.idle:
        text += "".join(output.text for output in core.step())
    seconds = time.process_time() - start
    if text.rstrip() != case.script.rstrip():
        raise RuntimeError(f"the model did not keep to its script: {text!r}")
    return seconds / len(backend.script)


def _grammar(choice: ToolChoice) -> str:
    tools = []
    for i in range(N_TOOLS):
        properties = {**PARAMETERS["properties"], f"option_{i}": {"type": "integer", "maximum": i}}
        tools.append(Tool(f"tool_{i}", parameters={**PARAMETERS, "properties": properties}))
    grammar = build_grammar(ChatFormat(tool_format=FORMAT), tools, choice, parallel=False)
    assert grammar is not None
    return grammar.text


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.constrained", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--model", type=Path, help="a GGUF file instead of one that is made")
    parser.add_argument("--size", choices=list(SHAPES), default="0.6B", help="whose shape the made model has")
    parser.add_argument("--cache", type=Path, default=cache_dir(), help="where made models are kept")
    parser.add_argument("--repeats", type=int, default=5)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
