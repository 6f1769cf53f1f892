"""Random requests in random circumstances: each gets what it would get alone, and nothing is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from llamar_server.engine.protocol import GenerateRequest
from llamar_server.engine.sampling import SamplingParams
from llamar_server.errors import PromptTooLong
from tests.engine.harness import Choice, Harness

MakeHarness = Callable[..., Harness]

GRAMMARS = [None, None, None, "start: /[a-z ]{0,40}/", 'start: "forced text" (/[0-9]/ " and more")*']


@dataclass(frozen=True)
class Job:
    """A request, the step in which it comes, and after how many more it is given up."""

    fields: dict[str, Any]
    arrives: int
    aborted_after: int | None


@st.composite
def prompts(draw: st.DrawFn) -> list[int]:
    """Few beginnings, so that prefixes are shared; some longer than the window."""
    begin = draw(st.sampled_from([0, 50]))
    length = draw(st.one_of(st.integers(0, 100), st.integers(0, 100), st.sampled_from([300, 500])))
    shared = [(begin + i) % 251 for i in range(length)]
    own = [draw(st.integers(0, 3))] * draw(st.integers(1, 60))
    return shared + own


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    fields = {
        "prompt": draw(prompts()),
        "sampling": draw(
            st.builds(SamplingParams, temperature=st.sampled_from([0, 1]), seed=st.integers(0, 9))
        ),
        "max_tokens": draw(st.sampled_from([None, None, 100, 30, 1])),
        "n": draw(st.sampled_from([1, 1, 1, 2, 4])),
        "stop": draw(st.sampled_from([(), (), ("e",), ("ab", "cd", "e f")])),
        "ignore_eos": draw(st.sampled_from([True, True, False])),
        "logprobs": draw(st.sampled_from([None, None, 1])),
        "grammar": draw(st.sampled_from(GRAMMARS)),
    }
    given_up = st.one_of(st.none(), st.none(), st.none(), st.none(), st.integers(0, 40))
    return Job(fields, draw(st.integers(0, 20)), draw(given_up))


@st.composite
def circumstances(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Script and settings."""
    script = {
        "model": "hash",
        "truncates": draw(st.booleans()),
        "window": draw(st.sampled_from([0, 0, 20])),
        "restore_fails": draw(st.booleans()),
        "spare_slots": draw(st.integers(1, 3)),
    }
    n_ctx = draw(st.one_of(st.integers(60, 260), st.just(700)))
    return script, {
        "n_ctx": n_ctx,
        "kv_cells": draw(st.sampled_from([None, None, n_ctx + 50, 1000])),
        "cache_ram": draw(st.sampled_from([0, 1000])),
        "n_parallel": draw(st.integers(1, 5)),
        "n_batch": draw(st.sampled_from([4, 16, 64, 512])),
        "prefill_chunk": draw(st.sampled_from([4, 32, 256])),
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(jobs(), min_size=2, max_size=8), circumstances())
def test_each_request_gets_what_it_gets_alone(
    harness: MakeHarness, work: list[Job], given_: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    script, options = given_
    h = harness(script, **options)
    finished = run(h, work)
    h.assert_at_rest()
    if not script["restore_fails"] and len(finished) == len(h.choices):
        expected = sum(computed(choice) for r in finished for choice in h.choices[r.request_id])
        last_forced = any(r.grammar for r in finished)  # forced tokens at the very end are not computed
        assert h.backend.n_computed <= expected if last_forced else h.backend.n_computed == expected
    for request in finished:
        choices = h.choices[request.request_id]
        assert len(choices) == request.n
        for choice, lone in zip(choices, alone(harness, request, options["n_ctx"]), strict=True):
            assert_same(choice, lone)


def run(h: Harness, work: list[Job]) -> list[GenerateRequest]:
    """Does the work; the requests that were neither refused nor given up."""
    arrivals = sorted(work, key=lambda job: job.arrives)
    finished: list[GenerateRequest] = []
    aborts: dict[int, list[str]] = {}
    while arrivals or not h.core.idle:
        while arrivals and arrivals[0].arrives <= h.steps:
            job = arrivals.pop(0)
            request = h.request(**job.fields)
            try:
                h.add(request)
            except PromptTooLong:
                assert len(job.fields["prompt"]) >= h.backend.info.n_ctx
                continue
            if job.aborted_after is None:
                finished.append(request)
            else:
                aborts.setdefault(h.steps + job.aborted_after, []).append(request.request_id)
        for request_id in aborts.pop(h.steps, []):
            h.core.abort(request_id)
            assert all(output.request_id != request_id for output in h.step())
        h.step()
    return finished


def alone(harness: MakeHarness, request: GenerateRequest, n_ctx: int) -> list[Choice]:
    h = harness({"model": "hash"}, n_ctx=n_ctx, kv_cells=2000, n_parallel=1)
    h.add(request)
    h.run()
    return h.choices[request.request_id]


def assert_same(choice: Choice, lone: Choice) -> None:
    assert choice.finish is not None
    assert lone.finish is not None
    assert choice.text == lone.text
    assert choice.logprobs == lone.logprobs
    assert choice.n_tokens == choice.finish.completion_tokens == lone.n_tokens
    assert (choice.finish.reason, choice.finish.stop) == (lone.finish.reason, lone.finish.stop)
    assert choice.finish.prompt_tokens == lone.finish.prompt_tokens
    assert 0 <= choice.finish.cached_tokens < choice.finish.prompt_tokens


def computed(choice: Choice) -> int:
    """How many tokens were computed for it; the last one never is."""
    assert choice.finish is not None
    return choice.finish.prompt_tokens - choice.finish.cached_tokens + choice.finish.completion_tokens - 1
