"""Constraints: what a grammar allows, forces and ends, over vocabularies of several kinds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import llamar_server
from llamar_server.config import EngineConfig
from llamar_server.engine import constraint as constraint_module
from llamar_server.engine.backend import Backend, load_backend
from llamar_server.engine.constraint import Constraint, ConstraintCompiler
from llamar_server.errors import InvalidGrammar
from tests.engine.vocabularies import NormalizingVocabulary, PieceVocabulary, PrefixingVocabulary

MODEL = Path(llamar_server.__file__).parent / "data" / "llamar-tiny.gguf"

CALL = r"""
start: (until call)* TEXT
until[lazy]: TEXT "<tool_call>"
call: "\n{\"name\": \"" tool "}\n</tool_call>"
tool: "get_weather\", \"arguments\": " city | "get_time\", \"arguments\": " zone
city: %json {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
  "additionalProperties": false, "x-guidance": {"key_separator": ": ", "whitespace_flexible": false}}
zone: %json {"type": "object", "properties": {"zone": {"type": "integer"}}, "required": ["zone"],
  "additionalProperties": false, "x-guidance": {"key_separator": ": ", "whitespace_flexible": false}}
TEXT: /(?s:.*)/
"""
ANSWER = 'Let me see.\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "Rome"}}\n</tool_call>'


def compiled(grammar: str, vocabulary: PieceVocabulary | None = None, *preserved: str) -> Constraint:
    vocabulary = vocabulary or PieceVocabulary()
    return ConstraintCompiler(vocabulary, vocabulary.n_vocab).compile(grammar, preserved)


def feed(constraint: Constraint, text: str) -> int:
    """How many bytes of ``text`` are accepted, one by one."""
    return next(
        (i for i, byte in enumerate(text.encode()) if not constraint.accepts(byte)), len(text.encode())
    )


def allowed(constraint: Constraint, n_vocab: int) -> list[int]:
    row, ids = constraint.restrict(np.zeros(n_vocab, np.float32))
    return sorted(ids.tolist()) if ids is not None else np.flatnonzero(row == 0).tolist()


@pytest.fixture(scope="module")
def backend() -> Iterator[Backend]:
    """The bundled model: its real vocabulary."""
    loaded = load_backend(EngineConfig(str(MODEL), n_ctx=64, n_parallel=1, threads=1))
    yield loaded
    loaded.close()


# --- one sequence ---


def test_accepts_consumes_what_it_accepts_and_nothing_else() -> None:
    constraint = compiled('start: "ab" | "ac"')
    assert not constraint.accepts(ord("b"))
    assert constraint.accepts(ord("a"))
    assert not constraint.accepts(ord("a"))
    assert not constraint.can_end
    assert constraint.accepts(ord("c"))
    assert constraint.can_end
    assert constraint.finished


def test_the_end_is_allowed_when_the_grammar_is_satisfied() -> None:
    vocabulary = PieceVocabulary()
    constraint = compiled('start: "a" "b"?', vocabulary)
    assert not any(constraint.accepts(token) for token in vocabulary.eog)
    assert constraint.accepts(ord("a"))
    assert constraint.can_end
    assert not constraint.finished
    assert allowed(constraint, vocabulary.n_vocab) == sorted({ord("b"), *vocabulary.eog})
    assert constraint.accepts(vocabulary.token("<|stop|>"))
    assert constraint.finished


def test_after_the_end_only_the_end_is_accepted() -> None:
    vocabulary = PieceVocabulary()
    constraint = compiled('start: "a"', vocabulary)
    constraint.accepts(ord("a"))
    assert constraint.finished
    assert not constraint.accepts(ord("a"))
    assert allowed(constraint, vocabulary.n_vocab) == sorted(vocabulary.eog)
    assert all(constraint.accepts(token) for token in vocabulary.eog)


def test_forced_tokens_are_not_consumed_before_they_are_accepted() -> None:
    constraint = compiled('start: "answer: " ("yes" | "no")')
    forced = constraint.forced()
    assert bytes(forced) == b"answer: "
    assert constraint.forced() == forced
    assert all(constraint.accepts(token) for token in forced)
    assert constraint.forced() == []
    assert constraint.accepts(ord("y"))
    assert bytes(constraint.forced()) == b"es"


def test_nothing_is_forced_that_could_become_a_longer_token() -> None:
    vocabulary = PieceVocabulary(["order", "orderId", "Id"])
    constraint = compiled('start: "order" ("Id" | "Name")', vocabulary)
    assert constraint.forced() == []
    assert vocabulary.token("orderId") in allowed(constraint, vocabulary.n_vocab)


def test_restrict_gathers_few_and_masks_many(monkeypatch: pytest.MonkeyPatch) -> None:
    vocabulary = PieceVocabulary()
    logits = np.linspace(-1, 1, vocabulary.n_vocab, dtype=np.float32)
    expected = sorted({*range(ord("0"), ord("9") + 1)})
    row, ids = compiled("start: /[0-9]/", vocabulary).restrict(logits.copy())
    assert ids is not None
    assert ids.dtype == np.int32
    assert ids.tolist() == expected
    assert np.array_equal(row, logits[expected])
    monkeypatch.setattr(constraint_module, "_MAX_GATHERED", 0)
    masked, ids = compiled("start: /[0-9]/", vocabulary).restrict(given := logits.copy())
    assert ids is None
    assert masked is given
    assert np.flatnonzero(np.isfinite(masked)).tolist() == expected
    assert np.array_equal(masked[expected], logits[expected])


@given(st.text(alphabet='ab<tool_c>{}"n: \n', max_size=60))
@settings(max_examples=60, deadline=None)
def test_a_token_is_accepted_exactly_if_the_mask_allows_it(text: str) -> None:
    vocabulary = PieceVocabulary(["<tool_call>", '{"', "na", '": "', "\n\n"])
    constraint = compiled(CALL, vocabulary)
    for token in vocabulary.tokenize(text, add_special=False, parse_special=False):
        options = allowed(constraint, vocabulary.n_vocab)
        before = constraint.copy()
        assert constraint.accepts(token) == (token in options)
        if token not in options:
            assert allowed(constraint, vocabulary.n_vocab) == allowed(before, vocabulary.n_vocab)
            return


def test_rollback_undoes_tokens_and_ends() -> None:
    vocabulary = PieceVocabulary()
    constraint = compiled('start: "abc"', vocabulary)
    assert feed(constraint, "abc") == 3
    assert constraint.finished
    assert constraint.accepts(vocabulary.token("<|end|>"))
    assert constraint.accepts(vocabulary.token("<|stop|>"))
    constraint.rollback(4)
    assert not constraint.finished
    assert feed(constraint, "bc") == 2
    constraint.rollback(0)
    assert constraint.finished


def test_rollback_of_a_consumed_end() -> None:
    vocabulary = PieceVocabulary()
    constraint = compiled("start: /a+/", vocabulary)
    assert feed(constraint, "aa") == 2
    assert constraint.accepts(vocabulary.token("<|end|>"))
    assert constraint.finished
    constraint.rollback(2)
    assert feed(constraint, "aaa") == 3


def test_copies_are_independent() -> None:
    constraint = compiled('start: "a" ("b" | "c")')
    constraint.accepts(ord("a"))
    other = constraint.copy()
    assert constraint.accepts(ord("b"))
    assert constraint.finished
    assert not other.finished
    assert other.accepts(ord("c"))


def test_a_sequence_never_contains_half_a_character_too_many() -> None:
    constraint = compiled("start: /[äö]/")
    lead, *rest = "ä".encode()
    assert constraint.accepts(lead)
    assert not constraint.accepts(ord("x"))
    assert all(constraint.accepts(byte) for byte in rest)
    assert constraint.finished


# --- markers ---


def test_a_marker_that_is_a_token_with_text_matches_whole_and_in_pieces() -> None:
    vocabulary = PieceVocabulary(["<tool_call>"])
    constraint = compiled(CALL, vocabulary)
    assert constraint.accepts(vocabulary.token("<tool_call>"))
    assert vocabulary.text(constraint.forced()) == '\n{"name": "get_'
    constraint = compiled(CALL, vocabulary)
    assert feed(constraint, ANSWER) == len(ANSWER)
    assert constraint.can_end


def test_a_control_token_is_meant_where_it_is_preserved() -> None:
    vocabulary = PieceVocabulary()
    call = vocabulary.token("[CALL]")
    grammar = 'start: "[CALL]" "x"'
    spelled = compiled(grammar, vocabulary)
    assert bytes(spelled.forced()) == b"[CALL]x"
    assert not spelled.accepts(call)
    constraint = compiled(grammar, vocabulary, "[CALL]", "<|unknown|>", "no token")
    assert constraint.forced() == [call, ord("x")]
    assert feed(constraint, "[CALL]x") == 0
    assert constraint.accepts(call)


def test_text_up_to_a_control_token_is_free_and_then_it_is_not() -> None:
    vocabulary = PieceVocabulary()
    grammar = 'start: (until "{}")* TEXT\nuntil[lazy]: TEXT "[CALL]"\nTEXT: /(?s:.*)/'
    constraint = compiled(grammar, vocabulary, "[CALL]")
    assert feed(constraint, "free [CALL] text") == 16
    assert constraint.can_end
    assert not constraint.accepts(vocabulary.token("<|mark|>"))
    assert constraint.accepts(vocabulary.token("[CALL]"))
    assert not constraint.can_end
    assert not constraint.accepts(ord("x"))
    assert feed(constraint, "{} and so on") == 12


def test_an_end_of_generation_is_only_allowed_where_the_grammar_is_satisfied() -> None:
    vocabulary = PieceVocabulary()
    grammar = 'start: until "[CALL]" "<|end|>"\nuntil[lazy]: TEXT "<|stop|>"\nTEXT: /(?s:.*)/'
    constraint = compiled(grammar, vocabulary, "[CALL]", "<|end|>", "<|stop|>")
    assert feed(constraint, "some text") == 9
    assert not vocabulary.eog.intersection(allowed(constraint, vocabulary.n_vocab))
    assert feed(constraint, "<|stop|>") == 8  # spelled out
    assert constraint.forced() == [vocabulary.token("[CALL]")]
    assert constraint.accepts(vocabulary.token("[CALL]"))
    assert constraint.finished


def test_free_text_holds_no_control_token() -> None:
    vocabulary = PieceVocabulary()
    options = allowed(compiled("start: /(?s:.*)/", vocabulary), vocabulary.n_vocab)
    assert vocabulary.control.intersection(options) == vocabulary.eog
    assert {*b"aZ \n"} < {*options}


# --- limits ---


def test_a_limited_text_is_cut_and_its_end_forced() -> None:
    grammar = """
start: (until | cut "</think>") "done"
until[lazy, max_tokens=7]: TEXT "</think>"
cut[max_tokens=8]: TEXT
TEXT: /(?s:.*)/
"""
    constraint = compiled(grammar)
    assert feed(constraint, "thinking too long") == 8
    assert bytes(constraint.forced()) == b"</think>done"
    vocabulary = PieceVocabulary(["</think>"], control=("<|end|>",), eog=("<|end|>",))
    constraint = compiled(grammar, vocabulary)
    assert feed(constraint, "short") == 5
    assert constraint.accepts(vocabulary.token("</think>"))
    assert bytes(constraint.forced()) == b"done"


def test_a_limited_text_is_cut_at_a_control_token() -> None:
    grammar = """
start: (until | cut "<|mark|>") "done"
until[lazy, max_tokens=2]: TEXT "<|mark|>"
cut[max_tokens=3]: TEXT
TEXT: /(?s:.*)/
"""
    vocabulary = PieceVocabulary()
    mark = vocabulary.token("<|mark|>")
    constraint = compiled(grammar, vocabulary, "<|mark|>")
    assert feed(constraint, "abcd") == 3
    assert constraint.forced() == [mark, *b"done"]
    constraint = compiled(grammar, vocabulary, "<|mark|>")
    assert constraint.accepts(ord("a"))
    assert constraint.accepts(mark)
    assert bytes(constraint.forced()) == b"done"


def test_counting_grammars_cannot_be_rolled_back() -> None:
    vocabulary = PieceVocabulary()
    constraint = compiled('start: some "x"\nsome[max_tokens=3]: /a*/', vocabulary)
    assert feed(constraint, "aa") == 2
    constraint.rollback(1)
    assert constraint.error is not None
    assert "rollback" in constraint.error
    assert constraint.finished
    assert allowed(constraint, vocabulary.n_vocab) == sorted(vocabulary.eog)
    assert constraint.accepts(vocabulary.token("<|end|>"))


def test_what_gets_too_complex_ends_the_sequence() -> None:
    vocabulary = PieceVocabulary()
    constraint = compiled(r'start: "a" /(a?){500}a{500}/', vocabulary)
    for _ in range(20):
        if constraint.finished:
            break
        options = allowed(constraint, vocabulary.n_vocab)
        constraint.accepts(options[0])
    assert constraint.finished
    assert constraint.error is not None
    assert allowed(constraint, vocabulary.n_vocab) == sorted(vocabulary.eog)


# --- compiling ---


@pytest.mark.parametrize(
    ("grammar", "reason"),
    [
        ("start: nothing", 'unknown name: "nothing"'),
        ('start: "a', "lexer error"),
        ('other: "a"', "no start rule"),
        ("start: /(?=a)b/", "look-around, including look-ahead and look-behind, is not supported"),
        ('start: %json {"type": "mystery"}', "Invalid type: mystery"),
        ("", "Empty grammar"),
        ('{"grammars": []}', "empty grammars array"),
    ],
)
def test_an_invalid_grammar_is_refused_with_the_compilers_words(grammar: str, reason: str) -> None:
    with pytest.raises(InvalidGrammar) as caught:
        compiled(grammar)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_grammars_are_compiled_once_and_the_latest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    vocabulary = PieceVocabulary()
    compiler = ConstraintCompiler(vocabulary, vocabulary.n_vocab)
    seen: list[str] = []
    compile_once = compiler._compile
    monkeypatch.setattr(
        compiler, "_compile", lambda text, kept: seen.append(text) or compile_once(text, kept)
    )
    monkeypatch.setattr(constraint_module, "_MAX_CACHED", 2)
    first = compiler.compile('start: "a"')
    first.accepts(ord("a"))
    for grammar in ('start: "a"', 'start: "b"', 'start: "a"', 'start: "c"', 'start: "a"', 'start: "b"'):
        assert not compiler.compile(grammar).finished
    assert [text[8] for text in seen] == ["a", "b", "c", "b"]
    compiler.compile('start: "b"', ["[CALL]"])
    assert len(seen) == 5


def test_the_vocabulary_is_read_at_the_first_grammar() -> None:
    class Unread(PieceVocabulary):
        def piece(self, token: int, *, special: bool = False) -> bytes:
            raise AssertionError

    vocabulary = Unread()
    compiler = ConstraintCompiler(vocabulary, vocabulary.n_vocab)
    with pytest.raises(AssertionError):
        compiler.compile('start: "a"')


def test_a_prepared_compiler_has_read_the_vocabulary(monkeypatch: pytest.MonkeyPatch) -> None:
    vocabulary = PieceVocabulary()
    compiler = ConstraintCompiler(vocabulary, vocabulary.n_vocab)
    compiler.prepare()

    def piece(token: int, *, special: bool = False) -> bytes:
        raise AssertionError

    monkeypatch.setattr(vocabulary, "piece", piece)
    assert compiler.compile('start: "a"').accepts(ord("a"))


# --- other vocabularies ---


@pytest.mark.parametrize("kind", [PieceVocabulary, PrefixingVocabulary, NormalizingVocabulary])
def test_forced_tokens_spell_the_forced_text_in_every_vocabulary(kind: type[PieceVocabulary]) -> None:
    vocabulary = kind(["ans", " answer", "Naïve"])
    constraint = compiled('start: "answer: Naïve ☃ " ("yes" | "no")', vocabulary)
    forced = constraint.forced()
    assert vocabulary.text(forced) == "answer: Naïve ☃ "
    assert forced[0] == vocabulary.token("ans")
    assert vocabulary.token("Naïve") in forced
    assert all(constraint.accepts(token) for token in forced)
    assert feed(constraint, "yes") == 3


def test_tokens_without_text_are_never_allowed() -> None:
    class Padded(PieceVocabulary):
        def piece(self, token: int, *, special: bool = False) -> bytes:
            return b"" if token == ord("z") else super().piece(token, special=special)

    vocabulary = Padded()
    constraint = compiled("start: /[a-z]+/", vocabulary)
    assert ord("z") not in allowed(constraint, vocabulary.n_vocab)
    assert not constraint.accepts(ord("z"))
    assert constraint.accepts(ord("y"))


def test_forced_tokens_are_those_of_the_bundled_vocabulary(backend: Backend) -> None:
    compiler = ConstraintCompiler(backend, backend.info.n_vocab)
    constraint = compiler.compile(CALL, ["<|im_end|>"])
    natural = backend.tokenize(ANSWER, add_special=False, parse_special=True)
    taken: list[int] = []
    n_forced = 0
    while len(taken) < len(natural):
        forced = constraint.forced()
        n_forced += len(forced)
        for token in forced or natural[len(taken) : len(taken) + 1]:
            assert constraint.accepts(token)
            taken.append(token)
    assert taken == natural
    assert n_forced > len(natural) // 3
    assert constraint.can_end
    assert constraint.accepts(next(iter(backend.eog)))
