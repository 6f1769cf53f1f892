"""The engine core over the scripted backend: what a request gets for what it asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from llamar_server.engine.backend import detokenize
from llamar_server.engine.sampling import MAX_TOP_LOGPROBS, SamplingParams
from llamar_server.errors import InvalidGrammar, InvalidRequest, PromptTooLong, QueueFull
from tests.engine.harness import Harness
from tests.fakes.scripted import SCRIPTED, HashModel, Slot

MakeHarness = Callable[..., Harness]
HASH = {"model": "hash"}


def says(harness: MakeHarness, text: str, **settings: Any) -> Harness:
    """A core whose model always answers ``text``."""
    script = {"default": text, "control": ["<|im_start|>", "<|im_end|>", "<|call|>"], "tokens": ["<call>"]}
    return harness(script, **settings)


def greedy(**parameters: Any) -> SamplingParams:
    return SamplingParams(temperature=0, **parameters)


# --- the window ---


def test_a_prompt_that_leaves_one_token_gets_one(harness: MakeHarness) -> None:
    h = harness(HASH, n_ctx=50)
    choice = h.complete("x" * 49, ignore_eos=True)
    assert choice.finish is not None
    assert (choice.reason, choice.finish.prompt_tokens, choice.finish.completion_tokens) == ("context", 49, 1)


@pytest.mark.parametrize("n", [50, 51, 5000])
def test_a_prompt_that_fills_the_window_is_refused_with_both_numbers(harness: MakeHarness, n: int) -> None:
    h = harness(HASH, n_ctx=50, kv_cells=100)
    with pytest.raises(PromptTooLong) as refusal:
        h.submit("x" * n)
    assert (refusal.value.n_prompt, refusal.value.n_ctx) == (n, 50)
    assert h.core.idle


@pytest.mark.parametrize(
    ("asked", "given", "reason"),
    [
        (None, 40, "context"),
        (39, 39, "length"),
        (40, 40, "length"),
        (41, 40, "context"),
        (10**9, 40, "context"),
    ],
)
def test_max_tokens_is_clamped_to_the_window(
    harness: MakeHarness, asked: int | None, given: int, reason: str
) -> None:
    h = harness(HASH, n_ctx=50)
    choice = h.complete("x" * 10, max_tokens=asked, ignore_eos=True)
    assert (choice.n_tokens, choice.reason) == (given, reason)


def test_the_answer_to_a_request_tells_what_it_will_get(harness: MakeHarness) -> None:
    h = harness(HASH, n_ctx=50)
    request = h.request("x" * 10, max_tokens=100)
    accepted = h.core.add(request)
    assert (accepted.request_id, accepted.prompt_tokens, accepted.max_tokens) == (request.request_id, 10, 40)


# --- what ends it ---


def test_the_end_of_generation_is_counted_and_not_shown(harness: MakeHarness) -> None:
    choice = says(harness, "Hello").complete("Hi")
    assert choice.finish is not None
    assert (choice.text, choice.reason, choice.finish.completion_tokens) == ("Hello", "eos", 6)


def test_ignore_eos(harness: MakeHarness) -> None:
    choice = says(harness, "Hello").complete("Hi", ignore_eos=True, max_tokens=20)
    assert (choice.text[:5], choice.n_tokens, choice.reason) == ("Hello", 20, "length")


def test_one_token(harness: MakeHarness) -> None:
    choice = says(harness, "Hello").complete("Hi", max_tokens=1)
    assert (choice.text, choice.n_tokens, choice.reason) == ("H", 1, "length")


def test_a_stop_string_ends_it_and_is_not_shown(harness: MakeHarness) -> None:
    choice = says(harness, "One. Two. Three.").complete("Hi", stop=("Th", ". T"))
    assert choice.finish is not None
    assert (choice.text, choice.reason, choice.finish.stop) == ("One", "stop", ". T")
    assert choice.finish.completion_tokens == len("One. T")


def test_a_stop_string_at_the_last_token_counts_as_one(harness: MakeHarness) -> None:
    choice = says(harness, "One. Two.").complete("Hi", stop=(".",), max_tokens=4)
    assert (choice.text, choice.reason) == ("One", "stop")


@pytest.mark.parametrize("max_tokens", [None, 9])
def test_what_might_have_become_a_stop_string_is_shown_at_the_end(
    harness: MakeHarness, max_tokens: int | None
) -> None:
    choice = says(harness, "One. Two.").complete("Hi", stop=(". Three",), max_tokens=max_tokens)
    assert choice.text == "One. Two."


# --- what is shown ---


def test_control_tokens_are_shown_only_where_asked_for(harness: MakeHarness) -> None:
    h = says(harness, "a<|call|>b<call>c")
    assert h.complete("Hi").text == "ab<call>c"
    assert (
        h.complete("Hi", preserved_tokens=("<|call|>", "<|im_end|>", "nothing")).text == "a<|call|>b<call>c"
    )


def test_control_tokens_in_a_prompt_can_be_plain_text(harness: MakeHarness) -> None:
    h = harness(HASH)
    assert len(h.core.prompt_tokens(h.request("<|im_end|>"))) == 1
    assert len(h.core.prompt_tokens(h.request("<|im_end|>", parse_special=False))) == len("<|im_end|>")


def test_a_character_is_shown_once_it_is_whole(harness: MakeHarness) -> None:
    h = says(harness, "äöü🙂")
    request = h.submit("Hi")
    seen = []
    while not h.core.idle:
        seen += [output.text for output in h.step()]
    assert [text for text in seen if text] == ["ä", "ö", "ü", "🙂"]
    assert h.choices[request][0].n_tokens == len("äöü🙂".encode()) + 1


def test_half_a_character_at_the_end_is_not_shown(harness: MakeHarness) -> None:
    choice = says(harness, "ab🙂").complete("Hi", max_tokens=4)
    assert (choice.text, choice.n_tokens) == ("ab", 4)


def test_a_prompt_has_one_begin_of_sequence_token(harness: MakeHarness) -> None:
    h = harness({"bos": "<s>"})
    bos = h.backend.vocabulary.ids["<s>"]
    for prompt in ("Hi", "<s>Hi"):
        assert h.core.prompt_tokens(h.request(prompt)) == [bos, *b"Hi"]
    assert h.core.prompt_tokens(h.request([*b"Hi"])) == [*b"Hi"]
    assert h.core.prompt_tokens(h.request("<s>Hi", parse_special=False)) == [bos, *b"<s>Hi"]


def test_detokenize_shows_control_tokens(harness: MakeHarness) -> None:
    h = harness({})
    tokens = h.backend.tokenize("a<|im_end|>", add_special=False, parse_special=True)
    assert detokenize(h.backend, tokens) == "a<|im_end|>"


# --- usage ---


def test_cached_tokens_are_those_that_were_not_computed(harness: MakeHarness) -> None:
    h = harness(HASH)
    prompt = "x" * 100
    first = h.complete(prompt, max_tokens=5, ignore_eos=True)
    again = h.complete(prompt, max_tokens=5, ignore_eos=True)
    longer = h.complete(prompt + first.text[:4] + "y", max_tokens=5, ignore_eos=True)
    cached = [choice.finish.cached_tokens for choice in (first, again, longer) if choice.finish]
    assert cached == [0, 99, 104]
    assert h.backend.n_computed == (100 + 4) + (1 + 4) + (1 + 4)


def test_each_choice_reports_its_own_usage(harness: MakeHarness) -> None:
    h = harness(HASH)
    request = h.submit("x" * 100, SamplingParams(seed=3), n=3, max_tokens=9)
    h.run()
    finishes = [choice.finish for choice in h.choices[request]]
    assert [f.prompt_tokens for f in finishes if f] == [100] * 3
    assert [f.cached_tokens for f in finishes if f] == [0, 99, 99]
    assert [f.completion_tokens for f in finishes if f] == [c.n_tokens for c in h.choices[request]]


# --- sampling ---


def test_the_same_seed_gives_the_same_tokens_and_choices_differ(harness: MakeHarness) -> None:
    h = harness(HASH)

    def texts(seed: int | None) -> list[str]:
        request = h.submit("x", SamplingParams(temperature=1, seed=seed), n=3, max_tokens=30)
        h.run()
        return [choice.text for choice in h.choices[request]]

    assert texts(1) == texts(1) != texts(2)
    assert texts(2)[0] == texts(1)[1]  # choice i has the i-th seed after the given one
    assert len(set(texts(1))) == 3
    assert texts(None) != texts(None)


@pytest.mark.parametrize("seed", [-1, 0, 2**32 - 1, 2**32, 2**63 - 1, -(2**63)])
def test_every_integer_is_a_seed(harness: MakeHarness, seed: int) -> None:
    def text() -> str:
        return harness(HASH).complete("x", SamplingParams(temperature=1, seed=seed), max_tokens=20).text

    assert text() == text()


@pytest.mark.parametrize("seed", [-1, 2**32 - 1])
def test_no_seed_is_the_one_that_llama_cpp_takes_for_none(harness: MakeHarness, seed: int) -> None:
    h = harness(HASH)
    h.submit("x", SamplingParams(seed=seed), n=2)
    assert 0xFFFF_FFFF not in h.backend.seeds


def test_a_bias_is_added_to_the_logits(harness: MakeHarness) -> None:
    h = says(harness, "Hello")
    assert h.complete("Hi", greedy(logit_bias={ord("x"): 200.0}), max_tokens=3).text == "xxx"
    assert h.complete("Hi", greedy(logit_bias={ord("H"): -200.0}), max_tokens=1).text != "H"


def test_a_bias_cannot_undo_ignore_eos(harness: MakeHarness) -> None:
    h = harness(HASH)
    (eos,) = h.backend.eog
    choice = h.complete("Hi", greedy(logit_bias={eos: 100.0}), ignore_eos=True, max_tokens=10)
    assert (choice.n_tokens, choice.reason) == (10, "length")


@pytest.mark.parametrize("last_n", [1, 3, 64])
def test_penalties_look_back_on_the_prompt_and_on_every_token(harness: MakeHarness, last_n: int) -> None:
    h = says(harness, "Hello")
    h.submit("prompt", greedy(repeat_penalty=1.1, penalty_last_n=last_n), grammar='start: "Hello" " you"')
    (sampler,) = h.backend.samplers
    h.run()
    assert bytes(sampler.accepted) == b"prompt"[-last_n:] + b"Hello you"


@pytest.mark.parametrize(("asked", "given"), [(-1, 100), (0, 0), (70, 70), (2**31 - 1, 100)])
def test_penalties_look_back_no_further_than_the_window(harness: MakeHarness, asked: int, given: int) -> None:
    """The sampler allocates what it may look back on: it must not be a request's choice."""
    h = harness(HASH, n_ctx=100)
    h.submit("x" * 90, greedy(repeat_penalty=1.1, penalty_last_n=asked))
    (sampler,) = h.backend.samplers
    assert sampler.params.penalty_last_n == given
    assert len(sampler.accepted) == min(90, given)


# --- log-probabilities ---


def test_logprobs_are_those_of_the_model(harness: MakeHarness) -> None:
    h = harness(HASH)
    choice = h.complete(
        "x", SamplingParams(temperature=1.5, seed=1), logprobs=5, max_tokens=40, ignore_eos=True
    )
    model = HashModel(h.backend.script, h.backend.vocabulary)
    assert len(choice.logprobs) == 40
    tokens = [ord("x")]
    for entry in choice.logprobs:
        row = model.logits(Slot(tokens)).astype(np.float64)
        expected = row - np.log(np.exp(row).sum())
        assert entry.logprob == pytest.approx(expected[entry.token], abs=1e-4)
        assert [top.logprob for top in entry.top] == pytest.approx(np.sort(expected)[:-6:-1], abs=1e-4)
        assert all(top.logprob == pytest.approx(expected[top.token], abs=1e-4) for top in entry.top)
        assert entry.piece == h.backend.piece(entry.token, special=True)
        tokens.append(entry.token)


def test_logprobs_of_the_chosen_token_alone(harness: MakeHarness) -> None:
    choice = harness(HASH).complete("x", logprobs=0, max_tokens=3, ignore_eos=True)
    assert [len(entry.top) for entry in choice.logprobs] == [0, 0, 0]


def test_logprobs_are_not_touched_by_what_changes_the_choice(harness: MakeHarness) -> None:
    parameters = greedy(logit_bias={ord("x"): 200.0})
    (entry,) = says(harness, "Hello").complete("Hi", parameters, logprobs=1, max_tokens=1).logprobs
    assert entry.token == ord("x")
    assert entry.logprob == pytest.approx(-SCRIPTED)
    assert entry.top[0].token == ord("H")
    assert entry.top[0].logprob == pytest.approx(0)


def test_logprobs_come_with_the_text_that_is_shown(harness: MakeHarness) -> None:
    h = says(harness, "One. Two. Three")
    request = h.submit("Hi", stop=(". Th",), logprobs=0)
    while not h.core.idle:
        for output in h.step():
            assert b"".join(entry.piece for entry in output.logprobs).decode() == output.text
    assert h.choices[request][0].text == "One. Two"


def test_logprobs_cover_every_byte_that_is_shown(harness: MakeHarness) -> None:
    choice = says(harness, "Zoë 🙂, done").complete("Hi", stop=("e",), logprobs=0)
    assert b"".join(entry.piece for entry in choice.logprobs).decode() == choice.text == "Zoë 🙂, don"


def test_a_grammar_gives_each_token_its_logprob(harness: MakeHarness) -> None:
    choice = harness(HASH).complete("x", grammar='start: "abc" /[0-9]{3}/', logprobs=2)
    assert b"".join(entry.piece for entry in choice.logprobs).decode() == choice.text
    assert len(choice.text) == 6


# --- grammars ---


def test_a_grammar_is_followed_and_ends_it(harness: MakeHarness) -> None:
    choice = harness(HASH).complete("x", SamplingParams(seed=1), grammar='start: /[a-c]{5}/ "." ')
    assert choice.finish is not None
    assert (len(choice.text), choice.text[-1], choice.reason) == (6, ".", "eos")
    assert set(choice.text[:-1]) <= set("abc")
    assert choice.finish.completion_tokens == choice.n_tokens


def test_forced_tokens_are_taken_at_once(harness: MakeHarness) -> None:
    h = harness(HASH)
    choice = h.complete("x", grammar='start: "a long text that leaves no choice" /[0-9]/')
    assert choice.text[:-1] == "a long text that leaves no choice"
    assert h.steps <= 3
    assert choice.finish is not None
    assert choice.finish.completion_tokens == choice.n_tokens == len(choice.text)


def test_forced_tokens_stop_at_max_tokens(harness: MakeHarness) -> None:
    choice = harness(HASH).complete("x", grammar='start: "a long text" /[0-9]/', max_tokens=4)
    assert (choice.text, choice.n_tokens, choice.reason) == ("a lo", 4, "length")


def test_forced_tokens_stop_at_a_stop_string(harness: MakeHarness) -> None:
    choice = harness(HASH).complete("x", grammar='start: "a long text" /[0-9]/', stop=("ng",))
    assert (choice.text, choice.reason) == ("a lo", "stop")


def test_each_choice_follows_the_grammar_on_its_own(harness: MakeHarness) -> None:
    h = harness(HASH)
    request = h.submit("x", SamplingParams(temperature=2, seed=1), n=4, grammar="start: /[a-z]{8}/")
    h.run()
    texts = [choice.text for choice in h.choices[request]]
    assert all(len(text) == 8 and text.isalpha() for text in texts)
    assert len(set(texts)) == 4


@pytest.mark.parametrize("temperature", [0, 1])
def test_a_grammar_that_can_only_end_ends_even_if_told_to_ignore_that(
    harness: MakeHarness, temperature: float
) -> None:
    parameters = SamplingParams(temperature=temperature, seed=1)
    choice = harness(HASH).complete(
        "x", parameters, grammar='start: "ab" /c?/', ignore_eos=True, max_tokens=9
    )
    assert choice.text in ("ab", "abc")
    assert choice.reason == "eos"


# --- refusals ---


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": []}, "prompt"),
        ({"prompt": [0, 258]}, "prompt"),
        ({"prompt": [-1]}, "prompt"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"n": 0}, "n"),
        ({"logprobs": -1}, "logprobs"),
        ({"logprobs": MAX_TOP_LOGPROBS + 1}, "logprobs"),
        ({"sampling": greedy(logit_bias={258: 1.0})}, "logit_bias"),
        ({"sampling": greedy(logit_bias={-1: 1.0})}, "logit_bias"),
    ],
    ids=str,
)
def test_what_cannot_be_honoured_is_refused_by_name(
    harness: MakeHarness, fields: dict[str, Any], param: str
) -> None:
    h = harness(HASH)
    with pytest.raises(InvalidRequest) as refusal:
        h.submit(**{"prompt": "x"} | fields)
    assert refusal.value.param == param
    h.assert_at_rest()


def test_a_bad_grammar_is_refused(harness: MakeHarness) -> None:
    h = harness(HASH)
    with pytest.raises(InvalidGrammar):
        h.submit("x", grammar="start: (", n=2)
    h.assert_at_rest()


def test_a_request_id_is_not_used_twice_at_a_time(harness: MakeHarness) -> None:
    h = harness(HASH)
    request = h.request("x", max_tokens=3, ignore_eos=True)
    h.add(request)
    with pytest.raises(InvalidRequest):
        h.core.add(request)
    h.run()
    h.add(request)
    h.run()
    h.assert_at_rest()


def test_tokens_outside_of_the_vocabulary_have_no_text(harness: MakeHarness) -> None:
    h = harness(HASH)
    for tokens in ([258], [-1]):
        with pytest.raises(InvalidRequest):
            detokenize(h.backend, tokens)


@pytest.mark.parametrize(("n_parallel", "queue_limit"), [(1, 0), (2, 3), (4, 1)])
def test_a_full_queue_refuses(harness: MakeHarness, n_parallel: int, queue_limit: int) -> None:
    h = harness(HASH, n_parallel=n_parallel, queue_limit=queue_limit)
    for at_once in (True, False):
        ids = []
        for i in range(n_parallel + queue_limit):
            ids.append(h.submit(f"{i}", max_tokens=50, ignore_eos=True))
            if not at_once:
                h.step()
        with pytest.raises(QueueFull):
            h.submit("one too many")
        h.core.abort(ids[-1])
        h.submit("in its place", max_tokens=1)
        h.run()
    h.assert_at_rest()


# --- ends ---


def test_aborting_what_is_not_there_is_no_error(harness: MakeHarness) -> None:
    h = harness(HASH)
    h.core.abort("nobody")
    request = h.submit("x", max_tokens=1)
    h.run()
    h.core.abort(request)
    h.assert_at_rest()


def test_aborting_what_has_ended_in_part(harness: MakeHarness) -> None:
    h = says(harness, "Hello", n_parallel=1)
    request = h.submit("x", n=3)
    while not h.choices[request][0].finish:
        h.step()
    h.core.abort(request)
    h.assert_at_rest()


def test_many_requests_leave_nothing_behind(harness: MakeHarness) -> None:
    h = harness(HASH, n_ctx=300)
    for i in range(500):
        for k in range(4):
            h.submit(f"{i * k} and so on", SamplingParams(seed=i), max_tokens=4, n=1 + k % 2)
        h.run()
    h.assert_at_rest()
    assert h.core._requests == {}
    assert sum(len(h.backend.held(slot)) for slot in range(h.backend.n_slots)) <= 300


def test_a_step_with_nothing_to_do_does_nothing(harness: MakeHarness) -> None:
    h = harness(HASH)
    assert h.core.step() == []
    assert h.backend.batches == []
