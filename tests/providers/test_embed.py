"""embed_llamar: what it makes of what it is given."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pandas
import polars
import pytest

from llamar_providers.embed import embed_llamar
from tests.providers.recorder import Recorder
from tests.providers.vectors import vector, vectors

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def there() -> Iterator[Recorder]:
    with vectors() as record:
        yield record


def test_texts_give_vectors(there: Recorder) -> None:
    """As a matrix in R: of a single text it has one row."""
    assert embed_llamar("one", base_url=there.url) == [vector("one")]
    assert embed_llamar(["one", "three"], "other", base_url=there.url, document_prefix="d: ") == [
        vector("d: one"),
        vector("d: three"),
    ]
    assert there.asked[-1].body["model"] == "other"
    assert embed_llamar(("a", "bb"), base_url=there.url) == [vector("a"), vector("bb")]
    assert embed_llamar([], base_url=there.url) == []
    assert embed_llamar(pandas.Series(["a", "bb"]), base_url=there.url) == [vector("a"), vector("bb")]


@pytest.mark.parametrize("library", [pandas, polars])
def test_a_data_frame_gains_a_column(there: Recorder, library: Any) -> None:
    frame = library.DataFrame({"id": [1, 2], "text": ["one", "three"]})
    embedded = embed_llamar(frame, base_url=there.url)
    assert type(embedded) is library.DataFrame
    assert [*embedded.columns] == ["id", "text", "embedding"]
    assert [list(each) for each in embedded["embedding"]] == [vector("one"), vector("three")]
    assert [*frame.columns] == ["id", "text"]
    empty = embed_llamar(frame.head(0), base_url=there.url)
    assert [*empty.columns] == ["id", "text", "embedding"]


def test_importing_it_imports_no_framework() -> None:
    code = (
        "import sys, llamar_providers.embed;"
        "print(*{'raghilda', 'chatlas', 'duckdb', 'numpy', 'pandas'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("", "")
