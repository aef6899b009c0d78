"""Reading and writing neighbouring elements of numba's arrays as one LLVM vector."""

from __future__ import annotations

from typing import Any

from llvmlite import ir


def address(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    """Where element `at` of a flat array of numba type `kind` lies."""
    return builder.gep(context.make_array(kind)(context, builder, array).data, [at])


def load(context: Any, builder: Any, kind: Any, array: Any, at: Any, vector: ir.Type) -> Any:
    """The elements from `at` on that fill an LLVM type."""
    value = builder.load(builder.bitcast(address(context, builder, kind, array, at), vector.as_pointer()))
    value.align = kind.dtype.bitwidth // 8
    return value


def store(context: Any, builder: Any, kind: Any, array: Any, at: Any, value: Any) -> None:
    """Write a vector from element `at` on."""
    pointer = builder.bitcast(address(context, builder, kind, array, at), value.type.as_pointer())
    builder.store(value, pointer).align = kind.dtype.bitwidth // 8
