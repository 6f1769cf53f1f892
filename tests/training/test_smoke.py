"""The whole way of the bundled model, made short: data, tokenizer, some steps, GGUF, an answer.

Needs PyTorch, which is no part of the development environment: ``make test-training`` runs it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import httpx
import pytest

pytest.importorskip("torch", reason="PyTorch is only installed for training: make test-training")

import torch
from llama_cpp import Llama
from training.__main__ import make_gguf, make_vocabulary
from training.batches import Encoder, batches
from training.data.documents import documents
from training.evaluation.asking import serving
from training.evaluation.cases import Case
from training.evaluation.generated import with_ids
from training.model import Model, ModelConfig
from training.rendering import Renderer
from training.tokenizer import Vocabulary
from training.train import Settings, Trainer, load_checkpoint

STEPS = 20


def trainer(folder: Path, vocabulary: Vocabulary, steps: int = STEPS) -> Trainer:
    config = ModelConfig(
        len(vocabulary.tokens), width=64, layers=2, heads=2, kv_heads=1, head_width=32, feed_forward=96
    )
    settings = Settings(
        minutes=30, steps=steps, batches_per_step=2, tokens_per_batch=1024, validation=3, workers=2
    )
    return Trainer(folder, vocabulary, settings, config)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that was trained for some steps and exported."""
    folder = tmp_path_factory.mktemp("run")
    vocabulary = make_vocabulary(folder / "vocabulary.json", seed=1, count=150)
    trainer(folder, vocabulary).run()
    make_gguf(folder, vocabulary)
    return folder


@pytest.fixture(scope="module")
def vocabulary(run: Path) -> Vocabulary:
    return Vocabulary.load(run / "vocabulary.json")


@pytest.fixture
def llama(run: Path) -> Iterator[Llama]:
    model = Llama(
        str(run / "llamar-tiny.gguf"),
        n_ctx=512,
        n_threads=1,
        n_threads_batch=1,
        logits_all=True,
        verbose=False,
    )
    yield model
    model.close()


def test_the_loss_falls(run: Path) -> None:
    entries = [json.loads(line) for line in (run / "log.jsonl").read_text("utf-8").splitlines()]
    losses = [entry["loss"] for entry in entries if "loss" in entry]
    assert load_checkpoint(run)["progress"]["step"] == STEPS
    assert losses[-1] < losses[0]


def test_the_same_seed_gives_the_same_weights(tmp_path: Path, vocabulary: Vocabulary) -> None:
    weights = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        trainer(tmp_path / name, vocabulary, 2).run()
        weights.append(load_checkpoint(tmp_path / name)["model"])
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_a_run_goes_on_where_it_ended(run: Path, vocabulary: Vocabulary, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").write_bytes((run / "checkpoint.pt").read_bytes())
    again = trainer(tmp_path, vocabulary, 1)
    again.resume()
    again.run()
    assert load_checkpoint(tmp_path)["progress"]["step"] == STEPS + 1


def test_llama_cpp_reads_the_same_tokens(llama: Llama, vocabulary: Vocabulary) -> None:
    encoder = Encoder(vocabulary.tokenizer())
    for text in (
        'Hello, "wörld"\n\n  42 {"a": [1.5]}',
        "<tool_call>\nx\n</tool_call><|im_end|>\n",
        "\t日本 ok",
    ):
        assert llama.tokenize(text.encode(), add_bos=False, special=True) == encoder.ids(text)
    for chat in islice(documents(2), 30):
        text = encoder.text(chat)
        assert llama.tokenize(text.encode(), add_bos=False, special=True) == encoder.ids(text)


def test_llama_cpp_computes_the_same(run: Path, llama: Llama, vocabulary: Vocabulary) -> None:
    state = load_checkpoint(run)
    model = Model(ModelConfig(**state["config"]))
    model.load_state_dict(state["model"])
    ids = Encoder(vocabulary.tokenizer()).ids("<|im_start|>user\nWhat is the capital of France?<|im_end|>\n")
    llama.eval(ids)
    with torch.no_grad():
        ours = model(torch.tensor([ids]))[0]
    theirs = torch.tensor(llama.scores[: len(ids)])
    assert (ours - theirs).abs().max() < 0.1 * ours.std()  # eight bits against thirty-two


def test_only_what_the_assistant_writes_is_learned(vocabulary: Vocabulary) -> None:
    encoder = Encoder(vocabulary.tokenizer())
    tokenizer = vocabulary.tokenizer()
    chat = next(chat for chat in documents(3) if not chat.thinking and not chat.tools)
    sample = encoder.sample(chat)
    said = [message["content"] for message in chat.messages if message["role"] == "assistant"]
    written = [
        tokenizer.decode(sample.ids[start:end], skip_special_tokens=False) for start, end in sample.spans
    ]
    assert written == [f"{text}<|im_end|>" for text in said]


def test_thoughts_that_a_server_leaves_out_are_never_learned(vocabulary: Vocabulary) -> None:
    """They are part of the prompt; a model that writes them itself would not think where it should."""
    encoder = Encoder(vocabulary.tokenizer())
    unthought = encoder.ids("<think>\n\n</think>\n\n")
    chats = (chat for chat in documents(3) if not chat.thinking)
    seen = 0
    for batch in islice(
        batches(chats, encoder.sample, tokens=1024, longest=600, prompt_share=1.0, seed=1), 5
    ):
        ids = batch.ids.flatten().tolist()
        learned = set(batch.positions.tolist())
        for at in range(len(ids) - len(unthought)):
            if ids[at : at + len(unthought)] == unthought:
                seen += 1
                assert not learned & set(range(at - 1, at + len(unthought) - 1))
    assert seen > 10


def test_batches_keep_their_size(vocabulary: Vocabulary) -> None:
    encoder = Encoder(vocabulary.tokenizer())
    for batch in islice(
        batches(documents(4), encoder.sample, tokens=1024, longest=600, prompt_share=0.1, seed=1), 20
    ):
        assert batch.tokens <= 1024
        assert batch.positions.max() < batch.tokens
        assert len(batch.positions) == len(batch.targets) == len(batch.weights)


@pytest.fixture
def peer(run: Path) -> Iterator[str]:
    """The address of llama.cpp's own server on the model."""
    pytest.importorskip("xllamacpp", reason="llama.cpp's own server comes with the extra bench")
    command = [sys.executable, "-m", "benchmarks.peer_xllamacpp", str(run / "llamar-tiny.gguf")]
    flags = ["--port=0", "--pool=512", "--parallel=1", "--threads=1"]
    process = subprocess.Popen([*command, *flags], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().split(" ")[0]
    process.terminate()
    process.wait()


def test_the_template_is_the_same_in_the_engine_of_llama_cpp(peer: str) -> None:
    render = Renderer()
    for chat in islice(documents(5), 60):
        chat.messages.pop()
        messages = [
            {
                **ours,
                **({"reasoning_content": given["reasoning_content"]} if "reasoning_content" in given else {}),
            }
            for ours, given in zip(with_ids(chat.messages), chat.messages, strict=True)
        ]
        body = {"messages": messages, "chat_template_kwargs": {"enable_thinking": chat.thinking}}
        body |= {"tools": chat.tools} if chat.tools else {}
        theirs = httpx.post(f"{peer}/apply-template", json=body, trust_env=False).json()["prompt"]
        assert whole(theirs) == whole(render(chat, prompt=True))


def whole(text: str) -> str:
    """``text`` with 2.0 as 2, as llama.cpp's engine writes it."""
    return re.sub(r"(\d)\.0\b", r"\1", text)


def test_the_model_is_served_and_answers(run: Path) -> None:
    case = Case("any", [{"role": "user", "content": "Hello"}])
    with serving(run / "llamar-tiny.gguf") as asker:
        for answer in (asker.chat(case), asker.raw(case)):
            assert not answer.error
            assert answer.tokens > 0
