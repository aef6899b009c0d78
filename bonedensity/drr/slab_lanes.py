"""The two inner steps of `slab_kernels`, on 32 voxels and on 16 samples at a time.

Each is a few instructions of processors that permute 16-bit lanes (AVX-512BW), reached through LLVM.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.registry import cpu_target
from numba.extending import intrinsic

from bonedensity.drr.vector_memory import load, store

LANES = 32
"""Voxels mixed at a time."""

SAMPLES = 16
"""Samples added at a time."""

WINDOW = 2 * LANES
"""Neighbouring voxels that `SAMPLES` samples may draw on: two vectors of lanes."""

ROWS = 4
"""Rows of the plane that share a look at where samples fall."""

WHOLE_MIX = 1 << 15
"""Share of the lower row that is all of it."""

WHOLE_WEIGHT = 1 << 14
"""What a sample's two weights add up to."""

KEPT_BITS = 8
"""Bits dropped from value x weight before it is added: a 15-bit value leaves 21, so 1,023 of them fit 32 bits."""

WORTH = WHOLE_WEIGHT >> KEPT_BITS
"""What a sum counts for one grey level."""

_INT16, _INT32 = ir.IntType(16), ir.IntType(32)
_VOXELS, _SUMS = ir.VectorType(_INT16, LANES), ir.VectorType(_INT32, SAMPLES)


def lanes_permute() -> bool:
    """Whether the processor that numba compiles for has AVX-512BW."""
    return "+avx512bw" in str(cpu_target.target_context.codegen().magic_tuple())


@intrinsic
def mix(typing: Any, voxels: Any, upper: Any, lower: Any, share: Any, mixed: Any, at: Any) -> Any:
    """Mix two rows of voxels in five instructions: upper + share (lower - upper).

    Args:
        voxels: Flat int16, not negative or within half their range, so that differences fit.
        upper: Where in it the upper row's `LANES` voxels start.
        lower: The same for the lower row.
        share: int16, share of the lower row out of `WHOLE_MIX`.
        mixed: Flat int16, written.
        at: Where in it.
    """
    signature = types.void(voxels, types.intp, types.intp, types.int16, mixed, types.intp)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        voxels, upper, lower, share, mixed, at = arguments
        above = load(context, builder, signature.args[0], voxels, upper, _VOXELS)
        below = load(context, builder, signature.args[0], voxels, lower, _VOXELS)
        multiply = _instruction(builder, "pmul.hr.sw.512", _VOXELS, [_VOXELS, _VOXELS])
        change = builder.call(multiply, [builder.sub(below, above), _everywhere(builder, share)])
        store(context, builder, signature.args[4], mixed, at, builder.add(above, change))
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def add(
    typing: Any,
    mixed: Any,
    start: Any,
    pitch: Any,
    where: Any,
    weights: Any,
    table: Any,
    sums: Any,
    at: Any,
    width: Any,
) -> Any:
    """Interpolate `ROWS` mixed rows at `SAMPLES` places and add them to as many rows of the plane.

    Seven instructions a row: one permutation brings both neighbours of a sample side by side.

    Args:
        mixed: Flat int16.
        start: Where in it the window of the first row starts.
        pitch: From a row's window to the next one's.
        where: Flat int16: left and right voxel of each sample, in the window.
        weights: Flat int16: their weights.
        table: Where in both the samples' `LANES` entries start.
        sums: Flat int32, added to.
        at: Where in it the first row's samples are.
        width: From a row's samples to the next one's.
    """
    place = types.intp
    signature = types.void(mixed, place, place, where, weights, place, sums, place, place)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        mixed, start, pitch, where, weights, table, sums, at, width = arguments
        chosen = load(context, builder, signature.args[3], where, table, _VOXELS)
        weight = load(context, builder, signature.args[4], weights, table, _VOXELS)
        permute = _instruction(builder, "vpermi2var.hi.512", _VOXELS, [_VOXELS, _VOXELS, _VOXELS])
        multiply_add = _instruction(builder, "pmaddw.d.512", _SUMS, [_VOXELS, _VOXELS])
        for _ in range(ROWS):
            one = load(context, builder, signature.args[0], mixed, start, _VOXELS)
            second = builder.add(start, ir.Constant(start.type, LANES))
            two = load(context, builder, signature.args[0], mixed, second, _VOXELS)
            part = builder.call(multiply_add, [builder.call(permute, [one, chosen, two]), weight])
            part = builder.ashr(part, ir.Constant(_SUMS, [KEPT_BITS] * SAMPLES))
            before = load(context, builder, signature.args[6], sums, at, _SUMS)
            store(context, builder, signature.args[6], sums, at, builder.add(before, part))
            start, at = builder.add(start, pitch), builder.add(at, width)
        return context.get_dummy_value()

    return signature, generate


def _instruction(builder: Any, name: str, result: ir.Type, arguments: list[ir.Type]) -> Any:
    kind = ir.FunctionType(result, arguments)
    return cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.avx512.{name}")


def _everywhere(builder: Any, value: Any) -> Any:
    """A vector that holds one value throughout."""
    nothing = ir.Constant(_VOXELS, ir.Undefined)
    first = builder.insert_element(nothing, value, ir.Constant(_INT32, 0))
    return builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(_INT32, LANES), [0] * LANES))
