import itertools
import json

import pytest
from benchmarks.client import LoadError, parse
from hypothesis import given
from hypothesis import strategies as st

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
USAGE = {"completion_tokens": 3, "prompt_tokens": 7, "prompt_tokens_details": {"cached_tokens": 5}}


def event(payload: object, newline: bytes = b"\n") -> bytes:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return b"data: " + data + newline * 2


def delta(**fields: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": fields}]}


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body)


EVENTS = [
    event(delta(role="assistant", content=None)),
    b": keep-alive\n\n",
    event(delta(content="one ")),
    event(delta(content="two ")),
    event(delta(content="three")),
    event(delta()),
    event({"choices": [], "usage": USAGE}),
    event(b"[DONE]"),
]
STREAM = HEAD + b"".join(map(chunked, EVENTS)) + chunked(b"")


def test_each_piece_has_the_time_of_the_read_that_completed_it():
    reads = [HEAD, *map(chunked, EVENTS), chunked(b"")]
    answer = parse(-1.0, [(float(time), data) for time, data in enumerate(reads)])
    assert answer.times == (3.0, 4.0, 5.0)
    assert answer.first == 4.0
    assert answer.inter_token == 1.0
    assert answer.gaps == [1.0, 1.0]
    assert answer.text == "one two three"
    assert (answer.prompt_tokens, answer.cached_tokens, answer.completion_tokens) == (7, 5, 3)


@given(st.lists(st.integers(1, len(STREAM) - 1), max_size=12).map(sorted))
def test_how_the_bytes_were_cut_changes_the_times_only(cuts):
    bounds = [0, *cuts, len(STREAM)]
    reads = [STREAM[a:b] for a, b in itertools.pairwise(bounds)]
    answer = parse(0.0, [(float(time), data) for time, data in enumerate(reads)])
    assert answer.text == "one two three"
    assert list(answer.times) == sorted(answer.times)
    for piece, time in zip((b'"one "', b'"two "', b'"three"'), answer.times, strict=True):
        complete = STREAM.index(b"\n\n", STREAM.index(piece)) + 2
        assert bounds[int(time)] < complete <= bounds[int(time) + 1]


def test_an_event_may_span_http_chunks():
    whole = event(delta(content="ab")) + event(delta(content="cd"))
    stream = HEAD + chunked(whole[:10]) + chunked(whole[10:60]) + chunked(whole[60:]) + chunked(b"")
    assert parse(0.0, [(1.0, stream)]).text == "abcd"


def test_without_usage_the_pieces_are_counted():
    stream = HEAD + chunked(b"".join(event(delta(content=c), b"\r\n") for c in "abcd")) + chunked(b"")
    answer = parse(0.0, [(1.0, stream)])
    assert answer.completion_tokens == 4
    assert answer.prompt_tokens is None
    assert answer.cached_tokens is None


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"HTTP/1.1 500 Oops\r\n\r\nbroken", "500 Oops"),
        (b"", "no answer"),
        (HEAD + chunked(event(delta(content="a"))) + chunked(b""), "too short"),
        (HEAD + chunked(event({"error": {"message": "gone"}})) + chunked(b""), "gone"),
    ],
)
def test_what_cannot_be_measured_is_refused(raw, message):
    with pytest.raises(LoadError, match=message):
        parse(0.0, [(1.0, raw)])
