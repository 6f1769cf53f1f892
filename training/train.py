"""Training: by wall time, resumable, on every core (or on a GPU if there is one).

On a CPU each core works on its own small batches, taken from one queue: a core that other programs slow
down takes fewer, and nobody waits at barriers.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import torch
import torch.nn.functional as F  # noqa: N812 -- as everybody calls it
from torch import Tensor

from .batches import Batch, Encoder, Sample, batches
from .data.conversation import Conversation
from .data.documents import BEGINNING, documents, held_out_documents
from .model import Model, ModelConfig
from .optimizer import Optimizer
from .tokenizer import Vocabulary

_BEGINNING_STEPS: Final = 250
_WARM_UP_STEPS: Final = 60
_VALIDATE_SECONDS: Final = 600.0
_SAVE_SECONDS: Final = 180.0
_LOG_STEPS: Final = 20
_ROUGH_VOCABULARIES: Final = 24
_ROUGHEST: Final = 0.3
_ROUGH_SHARE: Final = 0.4
"""Of the documents are in more pieces than they need."""
_PROTECTED: Final = "system user assistant name arguments true false null"
"""Words of the template and of JSON, which are always written alike."""


@dataclass(frozen=True)
class Settings:
    """How to train: until ``minutes`` of wall time or ``steps`` are over, whichever is first. From
    ``decay_from`` of that on the learning rate falls to zero. ``rate`` is the share of the full learning rate
    that a resumed run begins with.
    """

    minutes: float
    seed: int = 1
    steps: int = 10**9
    rate: float = 1.0
    batches_per_step: int = 2
    tokens_per_batch: int = 1536
    longest: int = 2304
    decay_from: float = 0.5
    workers: int = 0
    validation: int = 200


@dataclass
class Progress:
    """What was done so far, over all runs."""

    step: int = 0
    tokens: int = 0
    answer_tokens: int = 0
    seconds: float = 0.0


class Trainer:
    """One model in training; its checkpoints lie in ``folder``."""

    def __init__(self, folder: Path, vocabulary: Vocabulary, settings: Settings, config: ModelConfig) -> None:
        torch.manual_seed(settings.seed)
        torch.set_num_threads(1)  # the cores are used by batches, not within one
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = Model(config).to(self.device)
        self.optimizer = Optimizer(self.model)
        self.progress = Progress()
        self._settings = settings
        self._folder = folder
        self._encoder = Encoder(vocabulary.tokenizer())
        self._draw = random.Random(settings.seed)
        self._rough = [
            Encoder(vocabulary.rougher(self._draw, _ROUGHEST * self._draw.random(), _PROTECTED).tokenizer())
            for _ in range(_ROUGH_VOCABULARIES)
        ]
        on_gpu = self.device.type == "cuda"
        self._workers = settings.workers or (1 if on_gpu else os.cpu_count() or 1)
        self._parameters = list(self.model.parameters())

    # -- checkpoints

    def save(self) -> None:
        path = self._folder / "checkpoint.pt"
        state = {
            "config": asdict(self.model.config),
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state(),
            "progress": asdict(self.progress),
        }
        torch.save(state, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)

    def resume(self) -> None:
        """Goes on from the checkpoint in the folder."""
        state = load_checkpoint(self._folder)
        self.model.load_state_dict(state["model"])
        self.optimizer.load(state["optimizer"])
        self.progress = Progress(**state["progress"])

    # -- the run

    def run(self) -> None:
        """Trains until the time or the steps are over; saves at the end, also when it is interrupted."""
        try:
            self._train()
            self._log(**self.validate())
        finally:
            self.save()

    def _train(self) -> None:
        settings, started = self._settings, time.monotonic()
        first, before = self.progress.step, self.progress.seconds
        saved = validated = started
        recent: list[float] = []
        counted, since = self.progress.tokens, started
        stream = self._stream()
        with ThreadPoolExecutor(self._workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            while True:
                now = time.monotonic()
                done = self.progress.step - first
                share = max((now - started) / (60 * settings.minutes), done / settings.steps)
                if share >= 1:
                    break
                recent.append(self._step(pool, stream, self._rate(share)))
                self.progress.seconds = before + time.monotonic() - started
                if self.progress.step % _LOG_STEPS == 0 or self.progress.step == 1:
                    speed = (self.progress.tokens - counted) / (time.monotonic() - since)
                    self._log(loss=sum(recent) / len(recent), speed=round(speed), share=round(share, 3))
                    recent, counted, since = [], self.progress.tokens, time.monotonic()
                if now - saved > _SAVE_SECONDS:
                    self.save()
                    saved = now
                if now - validated > _VALIDATE_SECONDS:
                    self._log(**self.validate())
                    validated = now

    def _rate(self, share: float) -> float:
        """The share of the full learning rate: a short warm-up, then full, then down to zero."""
        decay = min(1.0, (1 - share) / (1 - self._settings.decay_from))
        return min(1.0, (self.progress.step + 1) / _WARM_UP_STEPS) * decay * self._settings.rate

    def _stream(self) -> Iterator[Batch]:
        """Batches from documents that no earlier run has seen."""
        settings = self._settings
        seed = settings.seed * 1_000_003 + self.progress.step
        if self.progress.step < _BEGINNING_STEPS:
            beginning = documents(seed, mixture=BEGINNING)
            easy = batches(
                beginning,
                self._sample,
                tokens=settings.tokens_per_batch,
                longest=340,
                prompt_share=0.3,
                seed=seed,
            )
            yield from islice(easy, (_BEGINNING_STEPS - self.progress.step) * settings.batches_per_step)
        yield from batches(
            documents(seed + 1),
            self._sample,
            tokens=settings.tokens_per_batch,
            longest=settings.longest,
            prompt_share=0.06,
            seed=seed,
        )

    def _sample(self, chat: Conversation) -> Sample:
        rough = self._draw.random() < _ROUGH_SHARE
        return (self._draw.choice(self._rough) if rough else self._encoder).sample(chat)

    def _step(self, pool: ThreadPoolExecutor, stream: Iterator[Batch], rate: float) -> float:
        """One step over some batches; returns the loss."""
        group = list(islice(stream, self._settings.batches_per_step))
        weight = sum(float(batch.weights.sum()) for batch in group)
        results = list(pool.map(lambda batch: self._gradients(batch, weight), group))
        for parameter, *gradients in zip(self._parameters, *(found for _, found in results), strict=True):
            parameter.grad = torch.stack(gradients).sum(0) if len(gradients) > 1 else gradients[0]
        self.optimizer.step(rate, 0.85 + 0.1 * min(1.0, self.progress.step / 300), pool)
        self.progress.step += 1
        self.progress.tokens += sum(batch.tokens for batch in group)
        self.progress.answer_tokens += sum(int((batch.weights == 1).sum()) for batch in group)
        return sum(loss for loss, _ in results)

    def _gradients(self, batch: Batch, weight: float) -> tuple[float, tuple[Tensor, ...]]:
        """The loss of one batch as its share of the step, and its gradients."""
        batch = batch.to(self.device)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            logits = self.model.predictions(batch.ids, batch.positions)
        losses = F.cross_entropy(logits, batch.targets, reduction="none")
        loss = (losses * batch.weights).sum() / weight
        return loss.item(), torch.autograd.grad(loss, self._parameters)

    @torch.no_grad()
    def validate(self) -> dict[str, Any]:
        """Share of held-out answers of which every token is the most likely one, by skill."""
        right: dict[str, list[bool]] = {}
        for chat in islice(held_out_documents(99), self._settings.validation):
            sample = self._encoder.sample(chat)
            if len(sample.ids) > self._settings.longest:
                continue
            ids = torch.tensor([sample.ids], device=self.device)
            with torch.autocast(self.device.type, dtype=torch.bfloat16):
                best = self.model(ids)[0].argmax(-1)
            for start, end in sample.spans:
                right.setdefault(chat.skill, []).append(
                    bool((best[start - 1 : end - 1] == ids[0, start:end]).all())
                )
        return {"held out": {skill: round(sum(each) / len(each), 3) for skill, each in sorted(right.items())}}

    def _log(self, **values: Any) -> None:
        entry = {"time": time.strftime("%H:%M:%S"), **asdict(self.progress), **values}
        line = json.dumps(
            {key: round(value, 4) if isinstance(value, float) else value for key, value in entry.items()}
        )
        with (self._folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(line + "\n")
        print(line, flush=True)


def load_checkpoint(folder: Path) -> dict[str, Any]:
    """What the trainer saved in ``folder``; only tensors and plain values are read."""
    return dict(torch.load(folder / "checkpoint.pt", map_location="cpu", weights_only=True))
