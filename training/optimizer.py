"""Muon for the matrices (Keller Jordan, https://kellerjordan.github.io/posts/muon/), Adam for the rest."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any, Final

import torch
from torch import Tensor

from .model import Model

_MUON_RATE: Final = 0.02
_ADAM_RATE: Final = 0.004
_DECAY: Final = 0.01
_NEWTON_SCHULZ: Final = (3.4445, -4.7750, 2.0315)
"""Coefficients of the quintic iteration, from the Muon page."""


class Optimizer:
    """Both optimizers, stepped together. ``rate`` of a step is a share of the full learning rates."""

    def __init__(self, model: Model) -> None:
        matrices = [parameter for parameter in model.blocks.parameters() if parameter.dim() == 2]
        chosen = {id(parameter) for parameter in matrices}
        self._rest = [parameter for parameter in model.parameters() if id(parameter) not in chosen]
        self._shapes: dict[tuple[int, ...], list[torch.nn.Parameter]] = {}
        for parameter in matrices:
            self._shapes.setdefault(tuple(parameter.shape), []).append(parameter)
        self._momentum = {
            shape: torch.zeros(len(group), *shape, device=group[0].device)
            for shape, group in self._shapes.items()
        }
        self._adam = torch.optim.Adam(self._rest, lr=_ADAM_RATE, betas=(0.9, 0.97), eps=1e-9)

    def step(self, rate: float, momentum: float, pool: Executor) -> None:
        """Moves the parameters along their gradients; matrices of different shapes at the same time."""
        torch.nn.utils.clip_grad_norm_(self._rest, 1.0)
        self._adam.param_groups[0]["lr"] = _ADAM_RATE * rate
        self._adam.step()
        list(pool.map(lambda shape: self._muon(shape, _MUON_RATE * rate, momentum), self._shapes))

    @torch.no_grad()
    def _muon(self, shape: tuple[int, ...], rate: float, momentum: float) -> None:
        group, memory = self._shapes[shape], self._momentum[shape]
        gradient = torch.stack([parameter.grad for parameter in group])
        memory.lerp_(gradient, 1 - momentum)
        direction = _orthogonal(gradient.lerp(memory, momentum)) * max(1.0, shape[0] / shape[1]) ** 0.5
        for parameter, change in zip(group, direction, strict=True):
            parameter.mul_(1 - rate * _DECAY).add_(change, alpha=-rate)

    def state(self) -> dict[str, Any]:
        return {"momentum": self._momentum, "adam": self._adam.state_dict()}

    def load(self, state: dict[str, Any]) -> None:
        for shape, memory in state["momentum"].items():
            self._momentum[shape].copy_(memory)
        self._adam.load_state_dict(state["adam"])


def _orthogonal(matrices: Tensor, steps: int = 5) -> Tensor:
    """The nearest orthogonal matrices, about: Newton-Schulz iteration in bfloat16."""
    a, b, c = _NEWTON_SCHULZ
    x = matrices.bfloat16()
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    x = x / (x.float().norm(dim=(-2, -1), keepdim=True).to(x.dtype) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return (x.mT if tall else x).float()
