"""``python -m training``: vocabulary, training and export of one run, in a folder of its own."""

from __future__ import annotations

import argparse
import signal
import sys
from itertools import islice
from pathlib import Path
from typing import Final

from .data.documents import documents
from .export import export
from .model import ModelConfig
from .rendering import Renderer
from .tokenizer import Vocabulary, learn
from .train import Settings, Trainer, load_checkpoint

_RUNS: Final = Path(__file__).with_name("runs")
_VOCABULARY_DOCUMENTS: Final = 12000


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("training: ended; --resume goes on"))
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = make_vocabulary(folder / "vocabulary.json", options.seed, options.vocabulary_documents)
    settings = Settings(
        options.minutes,
        options.seed,
        options.steps,
        rate=options.rate,
        decay_from=options.decay_from,
        workers=options.workers,
    )
    if not options.export_only:
        trainer = Trainer(folder, vocabulary, settings, ModelConfig(len(vocabulary.tokens)))
        if options.resume:
            trainer.resume()
        trainer.run()
    make_gguf(folder, vocabulary)


def make_vocabulary(path: Path, seed: int, count: int) -> Vocabulary:
    """The vocabulary of a run, learned once."""
    if not path.exists():
        render = Renderer()
        learn([render(chat) for chat in islice(documents(seed + 7), count)]).save(path)
    return Vocabulary.load(path)


def make_gguf(folder: Path, vocabulary: Vocabulary) -> Path:
    """The model of the last checkpoint in ``folder`` as a GGUF file beside it."""
    state = load_checkpoint(folder)
    path = folder / "llamar-tiny.gguf"
    export(path, state["model"], ModelConfig(**state["config"]), vocabulary)
    print(f"{path}: {path.stat().st_size} bytes, step {state['progress']['step']}")
    return path


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training", description="Train and export llamar-tiny.")
    parser.add_argument(
        "--folder", type=Path, default=_RUNS / "default", help="where the run keeps its files"
    )
    parser.add_argument(
        "--minutes", type=float, default=120.0, help="wall time; the learning rate ends at zero"
    )
    parser.add_argument(
        "--decay-from", type=float, default=0.5, help="share of the time at full learning rate"
    )
    parser.add_argument(
        "--rate", type=float, default=1.0, help="share of the full learning rate to begin with (for --resume)"
    )
    parser.add_argument("--steps", type=int, default=10**9, help="stop after so many steps")
    parser.add_argument("--seed", type=int, default=1, help="of the data and the weights")
    parser.add_argument("--workers", type=int, default=0, help="threads (default: one for each core)")
    parser.add_argument(
        "--vocabulary-documents", type=int, default=_VOCABULARY_DOCUMENTS, help="to learn it from"
    )
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in the folder")
    parser.add_argument("--export-only", action="store_true", help="only write the GGUF of the checkpoint")
    return parser.parse_args()


if __name__ == "__main__":
    main()
