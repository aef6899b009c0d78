"""Asking for memory before it is needed: rays cross a volume in strides that processors do not foresee."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

_READ, _KEEP, _DATA = 0, 3, 1
"""LLVM's words for: will be read, keep in every cache, is not code."""


@intrinsic
def prefetch(typing: Any, array: Any, at: Any) -> Any:
    """Ask for the memory at an index of a flat array, without waiting; the index may lie outside it."""
    signature = types.void(array, types.intp)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        values, index = arguments
        address = builder.gep(context.make_array(signature.args[0])(context, builder, values).data, [index])
        kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        ask = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        how = [ir.Constant(number, n) for n in (_READ, _KEEP, _DATA)]
        builder.call(ask, [builder.bitcast(address, pointer), *how])
        return context.get_dummy_value()

    return signature, generate
