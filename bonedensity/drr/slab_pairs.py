"""The inner step of `slab_plain`: interpolation that reads both neighbours of a sample at once.

Compilers read them one by one, twice as often. In LLVM's general vectors, which every processor has a way to do.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from bonedensity.drr.slab_lanes import ROWS, SAMPLES
from bonedensity.drr.vector_memory import load, store

_INT32, _FLOAT = ir.IntType(32), ir.FloatType()
_PAIR, _SUMS = ir.VectorType(_FLOAT, 2), ir.VectorType(_FLOAT, SAMPLES)
_FAST = ("fast",)


@intrinsic
def add_pairs(
    typing: Any, mixed: Any, pitch: Any, at: Any, share: Any, table: Any, sums: Any, to: Any, width: Any
) -> Any:
    """Interpolate `ROWS` rows at `SAMPLES` places and add them to as many rows of the plane.

    Args:
        mixed: Flat float32.
        pitch: From one of its rows to the next.
        at: Flat int32: left voxel of each sample, in its row.
        share: Flat float32: share of the right voxel.
        table: Where in both the samples' entries start.
        sums: Flat float32, added to.
        to: Where in it the first row's samples are.
        width: From a row's samples to the next one's.
    """
    place = types.intp
    signature = types.void(mixed, place, at, share, place, sums, place, place)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        mixed, pitch, at, share, table, sums, to, width = arguments
        mixed_kind, _, at_kind, share_kind, _, sums_kind, _, _ = signature.args
        places = [builder.add(table, ir.Constant(table.type, i)) for i in range(SAMPLES)]
        lefts = [builder.zext(load(context, builder, at_kind, at, k, _INT32), table.type) for k in places]
        part = load(context, builder, share_kind, share, table, _SUMS)
        for _ in range(ROWS):
            pairs = [load(context, builder, mixed_kind, mixed, left, _PAIR) for left in lefts]
            near, far = _unzipped(builder, pairs)
            change = builder.fmul(part, builder.fsub(far, near, flags=_FAST), flags=_FAST)
            before = load(context, builder, sums_kind, sums, to, _SUMS)
            value = builder.fadd(near, change, flags=_FAST)
            store(context, builder, sums_kind, sums, to, builder.fadd(before, value, flags=_FAST))
            lefts, to = [builder.add(left, pitch) for left in lefts], builder.add(to, width)
        return context.get_dummy_value()

    return signature, generate


def _unzipped(builder: Any, pairs: list[Any]) -> tuple[Any, Any]:
    """The first elements of pairs as a vector, and the second ones."""
    joined = pairs
    while len(joined) > 1:
        size = 2 * joined[0].type.count
        joined = [_picked(builder, a, b, range(size)) for a, b in zip(joined[::2], joined[1::2], strict=True)]
    both = joined[0]
    return tuple(_picked(builder, both, both, range(start, 2 * len(pairs), 2)) for start in (0, 1))


def _picked(builder: Any, one: Any, two: Any, which: range) -> Any:
    """Some elements of two vectors as a vector."""
    return builder.shuffle_vector(one, two, ir.Constant(ir.VectorType(_INT32, len(which)), list(which)))
