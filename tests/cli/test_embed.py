"""``llamar embed``: texts in, vectors out, as a program that is run and piped."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamar_server.embedding.embedder import Embedder
from tests.fakes.embedding import BACKEND, write_hash
from tests.servers import DEADLINE, eventually

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

COMMAND = [sys.executable, "-m", "llamar_server", "embed", "--backend", BACKEND]
MANY = [f"text number {number}" for number in range(300)]


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LLAMAR_EMBEDDING_MODEL", "LLAMAR_API_KEY", "LLAMAR_LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def model(tmp_path: Path) -> str:
    return write_hash(tmp_path, n_ctx=64)


def embed(*arguments: str, stdin: str | bytes = "", command: list[str] = COMMAND) -> Any:
    data = stdin.encode() if isinstance(stdin, str) else stdin
    return subprocess.run([*command, *arguments], input=data, capture_output=True, timeout=DEADLINE)


def told(result: Any) -> list[dict[str, Any]]:
    """The lines of a run that went well and had nothing else to say."""
    assert (result.returncode, result.stderr) == (0, b"")
    return [json.loads(line) for line in result.stdout.splitlines()]


def vectors(model: str, *texts: str, **options: Any) -> Any:
    with Embedder(model, backend=BACKEND) as embedder:
        return embedder.embed(texts, **options).tolist()


def refused(result: Any, said: str, status: int = 1) -> None:
    assert result.returncode == status
    assert result.stdout == b""
    assert said in result.stderr.decode()
    assert "Traceback" not in result.stderr.decode()


# --- texts ---


def test_texts_as_arguments(model: str) -> None:
    first, second = vectors(model, "a text", "")
    assert told(embed("-m", model, "a text", "")) == [
        {"index": 0, "text": "a text", "embedding": first},
        {"index": 1, "text": "", "embedding": second},
    ]


@pytest.mark.parametrize(
    ("stdin", "texts"),
    [
        (b"one\ntwo\n", ["one", "two"]),
        (b"one\r\n\r\ntwo", ["one", "", "two"]),
        (b"\xef\xbb\xbf\xc3\xa9t\xc3\xa9\xe2\x80\xa8still the first\n", ["été\u2028still the first"]),
    ],
)
def test_a_line_of_standard_input_is_a_text(model: str, stdin: bytes, texts: list[str]) -> None:
    lines = told(embed("-m", model, stdin=stdin))
    assert [each["text"] for each in lines] == texts
    assert [each["embedding"] for each in lines] == vectors(model, *texts)


def test_files_as_a_whole_and_by_lines(model: str, tmp_path: Path) -> None:
    first, second = tmp_path / "1.txt", tmp_path / "2.txt"
    first.write_text("one\ntwo\n", encoding="utf-8")
    second.write_text("three", encoding="utf-8")
    files = ["--file", str(first), "--file", str(second)]
    whole = told(embed("-m", model, *files))
    lines = told(embed("-m", model, *files, "--lines", "zero"))
    assert [each["file"] for each in whole] == [str(first), str(second)]
    assert [each["embedding"] for each in whole] == vectors(model, "one\ntwo", "three")
    assert [each["text"] for each in lines] == ["zero", "one", "two", "three"]


def test_more_texts_than_are_embedded_at_once(model: str) -> None:
    lines = told(embed("-m", model, stdin="\n".join(MANY)))
    assert [each["index"] for each in lines] == [*range(300)]
    assert [each["text"] for each in lines] == MANY
    np.testing.assert_allclose([each["embedding"] for each in lines], vectors(model, *MANY), atol=1e-6)


def test_options_of_vectors(model: str) -> None:
    given = ["-m", model, "--prefix", "query: ", "--dimensions", "3", "--truncate"]
    (line,) = told(embed(*given, "long " * 100))
    assert line["text"] == "long " * 100
    assert [line["embedding"]] == vectors(model, "query: " + "long " * 100, dimensions=3, truncate=True)


def test_the_model_of_the_environment(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMAR_EMBEDDING_MODEL", model)
    assert len(told(embed("a"))) == 1


# --- files of vectors ---


def test_an_array(model: str, tmp_path: Path) -> None:
    told(embed("-m", model, "-o", str(tmp_path / "x.npy"), stdin="\n".join(MANY)))
    array = np.load(tmp_path / "x.npy")
    assert (array.dtype, array.shape) == (np.float32, (300, 16))
    np.testing.assert_allclose(array, vectors(model, *MANY), atol=1e-6)


def test_lines_in_a_file(model: str, tmp_path: Path) -> None:
    assert embed("-m", model, "-o", str(tmp_path / "x.jsonl"), "a", "b").stdout == b""
    assert (tmp_path / "x.jsonl").read_bytes() == embed("-m", model, "a", "b").stdout


def test_a_file_is_whole_or_as_it_was(model: str, tmp_path: Path) -> None:
    target = tmp_path / "x.npy"
    target.write_bytes(b"before")
    refused(embed("-m", model, "-o", str(target), stdin="\n".join([*MANY, "long " * 100])), "at most 64")
    assert target.read_bytes() == b"before"
    assert sorted(tmp_path.iterdir()) == sorted([target, Path(model)])


# --- what cannot be ---


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a", "-o", "x.csv"], "must end in .npy or .jsonl"),
        (["a", "--lines"], "--lines is for a --file"),
        (["a", "--pooling", "rank"], "'rank' is not one of"),
        (["a", "--url", "http://127.0.0.1:1"], "--model is for a model that is loaded here"),
        (["a", "--model-id", "x"], "--model-id is for the server"),
        (["--file", "nothing.txt"], "does not exist"),
    ],
)
def test_command_lines_that_make_no_sense(model: str, arguments: list[str], said: str) -> None:
    refused(embed("-m", model, *arguments), said, status=2)


def test_no_model() -> None:
    refused(embed("a"), "give the GGUF file of one with --model, or a --url", status=2)
    refused(embed("a", "-m", "nothing.gguf"), "there is no model file 'nothing.gguf'")


@pytest.mark.parametrize("option", ["--backend=x", "--n-ctx=5", "--threads=1", "--pooling=cls"])
def test_settings_of_a_model_beside_a_server(option: str) -> None:
    command = COMMAND[:4]
    said = f"{option.partition('=')[0]} is for a model that is loaded here"
    refused(embed("a", "--url", "http://127.0.0.1:1", option, command=command), said, status=2)


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        ([], b"", "there is no text: the input is empty"),
        ([], b"\xff\xfe", "standard input is not text in UTF-8"),
        (["--dimensions=17"], b"a", "between 1 and 16"),
        (["--n-ctx=2"], b"abc", "input 0 has 5 tokens, but the model takes at most 2"),
        ([], "\n".join([*MANY, "long " * 100]).encode(), "input 44 has 502 tokens"),
        ([], "\n".join([*MANY, "long " * 100]).encode(), "(counted from text 256)"),
        (["-o", "/nothing/x.npy"], b"a", "/nothing/x.npy cannot be written"),
    ],
)
def test_refusals(model: str, arguments: list[str], stdin: bytes, said: str) -> None:
    result = embed("-m", model, *arguments, stdin=stdin)
    result.stdout = b"" if b"counted" in result.stderr else result.stdout  # what came before is told
    refused(result, said)


def test_a_model_that_ranks(tmp_path: Path) -> None:
    refused(embed("-m", write_hash(tmp_path, pooling="rank"), "a"), "rerank")


@posix_only
def test_nobody_reads_any_more(model: str) -> None:
    many = "\n".join(MANY * 20).encode()
    command = [*COMMAND, "-m", model]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]
        process.stdin.write(many)
        process.stdin.close()
        assert json.loads(process.stdout.readline())["index"] == 0
        process.stdout.close()
        assert process.wait(DEADLINE) == 1
        assert process.stderr.read() == b""


@posix_only
def test_an_interrupt(tmp_path: Path) -> None:
    model = write_hash(tmp_path, step_delay=0.2, max_texts=1)
    command = [*COMMAND, "-m", model, "-o", str(tmp_path / "x.npy")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write("\n".join(MANY).encode())
        process.stdin.close()
        assert eventually(lambda: any(tmp_path.glob("x.npy.*")))
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 1
        assert process.stderr.read().strip() == b"Aborted!"
    assert [each.name for each in tmp_path.iterdir()] == [Path(model).name]
