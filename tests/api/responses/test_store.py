"""The store keeps what was used last, and never more than it may."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from llamar_server.api.responses.store import Kept, ResponseStore

MAX_COUNT, MAX_BYTES = 4, 30
IDS = st.sampled_from("abcdefgh")


def kept(name: str, size: int) -> Kept:
    return Kept(b"r" * size, name.encode(), (f"item_{name}",))


class Storing(RuleBasedStateMachine):
    """Against a list in the order of use."""

    def __init__(self) -> None:
        super().__init__()
        self.store = ResponseStore(MAX_COUNT, MAX_BYTES)
        self.known: list[tuple[str, Kept]] = []

    def take(self, name: str) -> Kept | None:
        found = next((each for each in self.known if each[0] == name), None)
        if found is None:
            return None
        self.known.remove(found)
        return found[1]

    @rule(name=IDS, size=st.integers(0, 40))
    def put(self, name: str, size: int) -> None:
        self.take(name)
        self.store.put(name, kept(name, size))
        self.known.append((name, kept(name, size)))
        while len(self.known) > MAX_COUNT or sum(each.size for _, each in self.known) > MAX_BYTES:
            del self.known[0]

    @rule(name=IDS, by_item=st.booleans())
    def get(self, name: str, by_item: bool) -> None:
        found = self.take(name)
        if found is not None:
            self.known.append((name, found))
        assert (self.store.with_item(f"item_{name}") if by_item else self.store.get(name)) == found

    @rule(name=IDS)
    def delete(self, name: str) -> None:
        assert self.store.delete(name) == (self.take(name) is not None)

    @invariant()
    def is_bounded(self) -> None:
        assert len(self.store) == len(self.known) <= MAX_COUNT
        assert self.store.size == sum(each.size for _, each in self.known) <= MAX_BYTES


TestStoring = Storing.TestCase
