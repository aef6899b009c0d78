"""Messages survive their way over the line, and what is no message is refused in a sentence."""

import json

import numpy as np
import pytest

from bonedensity.jobs.protocol import (
    MESSAGES,
    Cancel,
    Cancelled,
    Failed,
    Log,
    Pause,
    Progress,
    ProtocolError,
    Ready,
    Request,
    Result,
    Shutdown,
    Superseded,
    decode,
    encode,
)

EXAMPLES = (
    Request("1", "render", {"ct": {"kind": "volume"}, "bones": ["femur_left"]}, "slider"),
    Request("2", "ping"),
    Pause("1", True),
    Cancel("1"),
    Shutdown(),
    Ready(17),
    Progress("1", 0.25, "Über 5 µm – “gut”\n", {"world_from_ct": [1.0, 0.1]}),
    Log("WARNING", "slow"),
    Result("1", {"value": 1.5, "none": None}),
    Failed("1", "No such file.", "input"),
    Cancelled("1"),
    Cancelled("1", {"partial": True}),
    Superseded("1"),
)


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda message: message.type)
def test_a_message_is_one_ascii_line_and_comes_back_equal(message):
    line = encode(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert decode(line) == message


def test_there_is_an_example_of_every_message():
    assert {message.type for message in EXAMPLES} == set(MESSAGES)


def test_numbers_of_numpy_are_sent_as_numbers():
    value = {"a": np.float32(0.5), "b": np.bool_(True), "c": np.arange(3)}
    assert decode(encode(Result("1", value))) == Result("1", {"a": 0.5, "b": True, "c": [0, 1, 2]})


def test_doubles_come_back_bit_for_bit():
    values = np.random.default_rng(0).normal(size=50).tolist()
    assert decode(encode(Result("1", {"v": values}))).value["v"] == values


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[1]", "not a JSON object"),
        (b'{"id": "1"}', "no type of message"),
        (b'{"type": "sing", "id": "1"}', "“sing” is no type of message"),
        (b'{"type": ["request"]}', "no type of message"),
        (b'{"type": "request", "id": "1"}', "needs id, task"),
        (b'{"type": "request", "id": 1, "task": "ping"}', "“id” of a request message must be str"),
        (b'{"type": "request", "id": "1", "task": "ping", "parameters": []}', "“parameters” of a request"),
        (b'{"type": "request", "id": "1", "task": "ping", "supersedes": 3}', "“supersedes” of a request"),
    ],
)
def test_a_malformed_line_is_refused_in_a_sentence(line, said):
    with pytest.raises(ProtocolError, match=said):
        decode(line)


def test_a_malformed_message_that_names_its_job_is_answered_to_that_job():
    with pytest.raises(ProtocolError) as refused:
        decode(json.dumps({"type": "request", "id": "7", "task": 5}).encode())
    assert refused.value.job_id == "7"


def test_fields_of_a_newer_version_are_left_out():
    assert decode(b'{"type": "cancel", "id": "1", "politely": true}') == Cancel("1")
