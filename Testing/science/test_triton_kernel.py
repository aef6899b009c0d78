"""The Triton kernel's arithmetic without Triton: its statements run on torch tensors, a program at a time.

A stand-in for the few functions of `triton.language` that the kernel uses. It tells whether the kernel computes the
right sums from the right places; whether Triton compiles it, `Testing/gpu` tells on a graphics card.
"""

# ruff: noqa: E402 - what needs torch is imported after the test for it
import sys
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'bonedensity[models]'")

from bonedensity.drr import torch_sampling


@dataclass
class Pointer:
    """Places in a tensor's memory; loading or storing outside it, unmasked, is an error."""

    memory: torch.Tensor
    places: torch.Tensor | int = 0

    def __add__(self, step):
        return Pointer(self.memory, self.places + step)


def load(pointer: Pointer, mask, other):
    assert ((pointer.places >= 0) & (pointer.places < len(pointer.memory)))[mask].all(), "read outside the tensor"
    values = pointer.memory[torch.where(mask, pointer.places, 0)]
    return torch.where(mask, values, torch.tensor(other, dtype=values.dtype))


def store(pointer: Pointer, values, mask):
    pointer.memory[pointer.places[mask]] = values[mask]


class Kernel:
    """What `triton.jit` makes: launched over a grid of programs."""

    def __init__(self, function) -> None:
        self.function = function

    def __getitem__(self, grid):
        def launch(*arguments, **constants):
            memory = [Pointer(flat_memory(a)) if isinstance(a, torch.Tensor) else a for a in arguments]
            for program in range(grid[0]):
                language.program_id = lambda axis, program=program: program
                self.function(*memory, **constants)

        return launch


def flat_memory(tensor: torch.Tensor) -> torch.Tensor:
    """All of the memory behind a tensor, from its first element on."""
    return torch.as_strided(tensor, (tensor.untyped_storage().nbytes() // tensor.element_size(),), (1,), 0)


language = SimpleNamespace(
    constexpr=int, arange=torch.arange, zeros=torch.zeros, floor=torch.floor, load=load, store=store,
    float32=torch.float32, int32=torch.int32,
)  # fmt: skip


@pytest.fixture
def kernel(monkeypatch):
    """`triton_kernels`, imported against the stand-in and forgotten afterwards."""
    fake, fake_language = ModuleType("triton"), ModuleType("triton.language")
    fake.jit, fake.language = Kernel, language
    fake_language.__getattr__ = lambda name: getattr(language, name)
    monkeypatch.setitem(sys.modules, "triton", fake)
    monkeypatch.setitem(sys.modules, "triton.language", fake_language)
    monkeypatch.delitem(sys.modules, "bonedensity.drr.triton_kernels", raising=False)
    import bonedensity.drr.triton_kernels as module

    yield module
    sys.modules.pop("bonedensity.drr.triton_kernels", None)


def some_lines(count: int, size: tuple[int, int, int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Through and past a volume of (S, Y, X), some that begin or end inside it."""
    rng = np.random.default_rng(4)
    slices, rows, columns = size
    slope = rng.uniform(-1, 1, (count, 2))
    place = rng.uniform(-0.3, 1.3, (count, 2)) * (columns, rows) - slope * slices / 2
    ends = np.sort(rng.uniform(-0.5 * slices, 1.5 * slices, (count, 2)), axis=1)
    return torch.tensor(np.hstack([place, slope]), dtype=torch.float32), torch.tensor(ends, dtype=torch.float32)


@pytest.mark.parametrize("half", [False, True], ids=["single", "half"])
@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 0, 1)], ids=str)
def test_the_kernel_sums_what_the_torch_loop_sums(kernel, order, half):
    volume = torch.rand(9, 12, 7, generator=torch.Generator().manual_seed(1))
    slices = (volume.half() if half else volume).permute(*order)
    at, ends = some_lines(301, slices.shape)
    sums, derivatives = kernel.sample_slices_with_triton(slices, at, ends, True)
    expected, slopes = torch_sampling.sample_slices(slices, at, ends, True)
    assert expected.abs().max() > 1
    torch.testing.assert_close(sums, expected, rtol=0, atol=1e-4 * float(expected.max()))
    torch.testing.assert_close(derivatives, slopes, rtol=0, atol=1e-4 * float(slopes.abs().max()))


def test_without_derivatives_the_sums_are_the_same(kernel):
    slices = torch.rand(6, 5, 8, generator=torch.Generator().manual_seed(2))
    at, ends = some_lines(50, slices.shape)
    sums, none = kernel.sample_slices_with_triton(slices, at, ends, False)
    assert none is None
    torch.testing.assert_close(sums, kernel.sample_slices_with_triton(slices, at, ends, True)[0])
