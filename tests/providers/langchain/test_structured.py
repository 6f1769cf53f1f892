from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage
from pydantic import BaseModel, ConfigDict, Field
from pydantic.v1 import BaseModel as BaseModelV1
from typing_extensions import TypedDict

from llamar_providers.langchain import ChatLlamar
from tests.providers.canned import CannedServer

Make = Callable[..., ChatLlamar]

ALICE = "Extract the name and age from: 'Alice is 30 years old and lives in Rome.' Answer in JSON."
METHODS = ["json_schema", "function_calling", "json_mode"]
EXPECTED = {"name": "Alice", "age": 30}


class Person(BaseModel):
    """A person."""

    name: str
    age: int


class PersonV1(BaseModelV1):
    """A person."""

    name: str
    age: int


class PersonDict(TypedDict):
    """A person."""

    name: str
    age: int


PERSON = Person.model_json_schema()
FUNCTION = {"name": "Person", "description": "A person.", "parameters": PERSON}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [Person, PersonV1])
def test_an_object(llm: ChatLlamar, schema: Any, method: Any) -> None:
    answer = llm.with_structured_output(schema, method=method).invoke(ALICE)
    assert isinstance(answer, schema)
    assert answer == schema(**EXPECTED)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [PersonDict, PERSON, FUNCTION], ids=["typeddict", "schema", "function"])
def test_a_dict(llm: ChatLlamar, schema: Any, method: Any) -> None:
    assert llm.with_structured_output(schema, method=method).invoke(ALICE) == EXPECTED


def test_a_schema_without_a_name(llm: ChatLlamar) -> None:
    bare = {name: value for name, value in PERSON.items() if name not in ("title", "description")}
    assert llm.with_structured_output(bare).invoke(ALICE) == EXPECTED


@pytest.mark.parametrize("method", METHODS)
def test_without_waiting(llm: ChatLlamar, method: Any) -> None:
    asked = llm.with_structured_output(Person, method=method)
    assert asyncio.run(asked.ainvoke(ALICE)) == Person(**EXPECTED)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("version", [None, "v1"])
def test_a_dict_that_grows(chat: Make, method: Any, version: str | None) -> None:
    seen = list(chat(output_version=version).with_structured_output(PERSON, method=method).stream(ALICE))
    assert len(seen) > 2
    assert seen[-1] == EXPECTED


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("version", [None, "v1"])
@pytest.mark.parametrize("thinking", [False, True])
def test_reasoning_is_no_part_of_it(chat: Make, method: Any, version: str | None, thinking: bool) -> None:
    llm = chat(output_version=version, enable_thinking=thinking)
    assert isinstance(llm.with_structured_output(Person, method=method).invoke(ALICE), Person)


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
@pytest.mark.parametrize("strict", [None, False, True])
def test_strict(told: Make, canned: CannedServer, method: Any, strict: bool | None) -> None:
    canned.says(content="{}")
    told().with_structured_output(Person, method=method, strict=strict, include_raw=True).invoke("x")
    (body,) = canned.bodies
    form = (
        body["response_format"]["json_schema"] if "response_format" in body else body["tools"][0]["function"]
    )
    assert form["name"] == "Person"
    assert form.get("strict") is strict
    assert form.get("schema", form.get("parameters")).get("additionalProperties", True) is not (
        strict is True
    )


def test_strict_without_a_schema(llm: ChatLlamar) -> None:
    with pytest.raises(ValueError, match="strict is not for json_mode"):
        llm.with_structured_output(Person, method="json_mode", strict=True)


def test_a_method_that_is_none(llm: ChatLlamar) -> None:
    with pytest.raises(ValueError, match="'guessing' is none of json_schema, function_calling, json_mode"):
        llm.with_structured_output(Person, method="guessing")  # type: ignore[arg-type] # that is the point


@pytest.mark.parametrize("method", METHODS)
def test_the_raw_answer_too(llm: ChatLlamar, method: Any) -> None:
    answer = llm.with_structured_output(Person, method=method, include_raw=True).invoke(ALICE)
    assert isinstance(answer, dict)
    assert answer["parsed"] == Person(**EXPECTED)
    assert answer["parsing_error"] is None
    assert isinstance(answer["raw"], AIMessage)
    assert answer["raw"].usage_metadata


@pytest.mark.parametrize("method", ["json_schema", "json_mode"])
def test_an_answer_that_cannot_be_read(llm: ChatLlamar, method: Any) -> None:
    answer = llm.with_structured_output(Person, method=method, include_raw=True, max_tokens=3).invoke(ALICE)
    assert isinstance(answer, dict)
    assert answer["parsed"] is None
    assert isinstance(answer["parsing_error"], OutputParserException)
    assert answer["raw"].text
    with pytest.raises(OutputParserException):
        llm.with_structured_output(Person, method=method).invoke(ALICE, max_tokens=3)


def test_further_parameters(told: Make, canned: CannedServer) -> None:
    canned.says(content='{"name": "a", "age": 1}')
    told().with_structured_output(Person, temperature=0.5).invoke("x")
    assert canned.bodies[0]["temperature"] == 0.5


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Resident(Closed):
    name: str = Field(max_length=12)
    age: int = Field(ge=0, lt=100)


class Address(Closed):
    street: str = Field(max_length=12)
    codes: list[Annotated[int, Field(ge=0, lt=1000)]] = Field(min_length=2, max_length=3)


class Household(Closed):
    """Where people live."""

    people: list[Resident] = Field(min_length=1, max_length=2)
    address: Address
    note: str | None = Field(None, max_length=10)


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
@pytest.mark.parametrize("schema", [Household, Household.model_json_schema()], ids=["class", "references"])
def test_nested_schemas(llm: ChatLlamar, schema: Any, method: Any) -> None:
    answer = llm.with_structured_output(schema, method=method).invoke("Hi", max_tokens=1500)
    household = answer if isinstance(answer, Household) else Household(**answer)
    assert len(household.address.codes) in (2, 3)
