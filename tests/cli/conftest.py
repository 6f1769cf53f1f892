from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.family import Family


@pytest.fixture
def family() -> Iterator[Family]:
    """The family of this test; at its end nobody is left."""
    family = Family()
    yield family
    left = family.members()
    for each in left:
        each.kill()
    assert left == []
