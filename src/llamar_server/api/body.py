"""Reading a request's body: its size, its JSON, its model. Every refusal names the field and the problem."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request

from ..errors import InvalidRequest
from .errors import BodyTooLarge


class WireModel(BaseModel):
    """A part of a request's body. Unknown fields are ignored; ``null`` is how clients write "absent"."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


M = TypeVar("M", bound=BaseModel)


async def read_body(request: Request, model: type[M], max_size: int) -> M:
    """The request's body as a ``model``.

    Raises BodyTooLarge above ``max_size`` bytes, InvalidRequest for what is not a ``model``.
    """
    return parse(await read_bytes(request, max_size), model)


def parse(data: bytes, model: type[M]) -> M:
    """JSON as a ``model``. Raises InvalidRequest, which tells the first problem in one sentence."""
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        raise _refusal(error.errors(include_url=False, include_input=False)[0]) from None


async def read_bytes(request: Request, max_size: int) -> bytes:
    """The request's body. Raises BodyTooLarge."""
    too_large = BodyTooLarge(f"the body is larger than the {max_size} bytes that this server takes")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_size:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_size:
            raise too_large
    return bytes(body)


def _refusal(problem: ErrorDetails) -> InvalidRequest:
    param = path_of(problem["loc"])
    kind, said = problem["type"], problem["msg"]
    if kind == "json_invalid":
        return InvalidRequest(f"the body is not valid JSON: {problem['ctx']['error']}")
    if not param:
        return InvalidRequest("the body must be a JSON object")
    if kind == "missing":
        return InvalidRequest(f"{param} is required", param=param)
    if said.startswith("Input should"):
        return InvalidRequest(f"{param} {said.removeprefix('Input ')}", param=param)
    return InvalidRequest(f"{param}: {said[:1].lower()}{said[1:]}", param=param)


def path_of(location: Iterable[str | int]) -> str:
    """A place in a body as its APIs write it: ``messages[0].role``."""
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else step
    return path
