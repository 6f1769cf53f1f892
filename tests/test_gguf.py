"""Reading GGUF headers: against the reference reader, and on files that lie."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from gguf import GGUFReader
from gguf.constants import GGML_QUANT_SIZES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import llamar_server
from llamar_server.errors import ModelLoadError
from llamar_server.gguf import TENSOR_BLOCKS, check_complete, read_metadata, token_text

MODEL = Path(llamar_server.__file__).parent / "data" / "llamar-tiny.gguf"
HEADER_SIZE = 60_000


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def header(*pairs: bytes, version: int = 3, n_tensors: int = 0, count: int | None = None) -> bytes:
    n = len(pairs) if count is None else count
    return b"GGUF" + struct.pack("<IQQ", version, n_tensors, n) + b"".join(pairs)


def test_values_equal_those_of_the_reference_reader() -> None:
    ours = read_metadata(MODEL)
    theirs: dict[str, Any] = {
        name: field.contents() for name, field in GGUFReader(MODEL).fields.items() if "." in name
    }
    assert {key for key in theirs if not key.startswith("GGUF.")} == set(ours)
    for key, value in ours.items():
        expected = theirs[key]
        assert value == (pytest.approx(expected) if isinstance(value, float) else expected), key


def test_special_tokens() -> None:
    metadata = read_metadata(MODEL)
    assert token_text(metadata, "eos") == "<|im_end|>"
    assert token_text({}, "bos") == ""
    assert token_text({"tokenizer.ggml.bos_token_id": 7, "tokenizer.ggml.tokens": ["a"]}, "bos") == ""


def test_a_whole_file_is_complete() -> None:
    check_complete(MODEL)


@pytest.mark.parametrize("missing", [1, 100_000, 4_000_000])
def test_a_shortened_file_is_truncated(tmp_path: Path, missing: int) -> None:
    path = tmp_path / "short.gguf"
    path.write_bytes(MODEL.read_bytes()[:-missing])
    with pytest.raises(ModelLoadError, match=r"^short\.gguf is truncated: it has \d+ bytes of at least \d+$"):
        check_complete(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a GGUF file"),
        (b"GG", "not a GGUF file"),
        (b"<!DOCTYPE html>", "not a GGUF file"),
        (header(version=1), "version is 1"),
        (header(count=5), "truncated"),
        (header(text("k") + struct.pack("<IQ", 8, 2**62)), "truncated"),
        (header(text("k") + struct.pack("<IIQ", 9, 4, 2**61)), "truncated"),
        (header(text("k") + struct.pack("<IIQ", 9, 8, 2**61)), "truncated"),
        (header(text("k") + struct.pack("<I", 99)), "unknown type 99"),
        (header(text("k") + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 9), "unknown type 9"),
        (header(n_tensors=2**60), "truncated"),
        (header(text("t") + struct.pack("<I", 2**31), n_tensors=1, count=0), "dimensions"),
    ],
)
def test_damaged_files_give_one_sentence(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelLoadError, match=message) as caught:
        check_complete(path)
    assert "\n" not in str(caught.value)


def test_missing_file_and_directory(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match="there is no model file at"):
        read_metadata(tmp_path / "none.gguf")
    with pytest.raises(ModelLoadError, match="cannot be read"):
        read_metadata(tmp_path)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cut=st.integers(0, HEADER_SIZE),
    changes=st.lists(st.tuples(st.integers(0, HEADER_SIZE), st.integers(0, 255)), max_size=4),
)
def test_no_file_raises_anything_else(tmp_path: Path, cut: int, changes: list[tuple[int, int]]) -> None:
    content = bytearray(MODEL.read_bytes()[:cut])
    for position, value in changes:
        if position < len(content):
            content[position] = value
    path = tmp_path / "broken.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelLoadError):
        check_complete(path)


def test_tensor_sizes_are_those_of_ggml() -> None:
    known = {int(kind): size for kind, size in GGML_QUANT_SIZES.items()}
    assert {kind: known[kind] for kind in TENSOR_BLOCKS} == TENSOR_BLOCKS
