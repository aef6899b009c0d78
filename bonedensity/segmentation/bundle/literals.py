"""Plain values of a bundle's configuration, without running anything that stands in it.

A bundle may hold `$` expressions, which MONAI evaluates as Python. Here such a text is parsed, and only literals,
references to other entries (`@entry#sub`), lists and `a if b else c` are understood; all else is refused.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from bonedensity.errors import ModelError

Config = Mapping[str, Any]
"""A bundle's configuration as read from JSON."""

DEEPEST_REFERENCE = 16
"""References that lead to references; more are a circle."""

_REFERENCE = re.compile(r"@([A-Za-z_]\w*(?:#\w+)*)")


def plain_value(config: Config, value: Any, *, depth: int = 0) -> Any:
    """A value with its references followed; lists and mappings are gone through.

    Args:
        config: Where references lead.
        value: From it.
        depth: References followed so far.

    Raises:
        ModelError: A reference that leads nowhere or in a circle, or an expression that is more than a plain value.
    """
    if depth > DEEPEST_REFERENCE:
        raise ModelError("The bundle's configuration refers to itself in a circle; get the bundle again.")
    if isinstance(value, Mapping):
        return {key: plain_value(config, item, depth=depth) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_value(config, item, depth=depth) for item in value]
    if isinstance(value, str) and value.startswith("$"):
        return _literal(config, value[1:], depth)
    if isinstance(value, str) and _REFERENCE.fullmatch(value):
        return plain_value(config, entry(config, value[1:]), depth=depth + 1)
    return value


def entry(config: Config, path: str) -> Any:
    """The entry at `first#second#…`.

    Raises:
        ModelError: There is none.
    """
    found: Any = config
    for key in path.split("#"):
        if isinstance(found, Mapping) and key in found:
            found = found[key]
        elif isinstance(found, list) and key.isdecimal() and int(key) < len(found):
            found = found[int(key)]
        else:
            raise ModelError(f"The bundle's configuration has no entry “{path}”; get the bundle again.")
    return found


def call_of(text: str) -> tuple[str, dict[str, str]] | None:
    """Name and arguments of `$some.module.Name(key=value, …)`, the arguments as texts; None for anything else."""
    try:
        tree = ast.parse(_REFERENCE.sub(_marked, text.removeprefix("$")), mode="eval").body
    except SyntaxError:
        return None
    if not isinstance(tree, ast.Call) or tree.args or any(keyword.arg is None for keyword in tree.keywords):
        return None
    name = ast.unparse(tree.func)
    if not re.fullmatch(r"[\w.]+", name):
        return None
    return name, {str(keyword.arg): "$" + _unmarked(ast.unparse(keyword.value)) for keyword in tree.keywords}


def _literal(config: Config, text: str, depth: int) -> Any:
    try:
        tree = ast.parse(_REFERENCE.sub(_marked, text.strip()), mode="eval").body
    except (SyntaxError, RecursionError, MemoryError):
        raise _refusal(text) from None
    return _value(config, tree, text, depth)


def _value(config: Config, node: ast.expr, text: str, depth: int) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(config, item, text, depth) for item in node.elts]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        number = node.operand.value
        if isinstance(number, int | float):
            return -number
    if isinstance(node, ast.Name) and node.id.startswith(_MARK):
        return plain_value(config, entry(config, _unmarked(node.id)[1:]), depth=depth + 1)
    if isinstance(node, ast.IfExp):
        chosen = node.body if _value(config, node.test, text, depth) else node.orelse
        return _value(config, chosen, text, depth)
    raise _refusal(text)


_MARK = "reference__"


def _marked(match: re.Match[str]) -> str:
    return _MARK + match.group(1).replace("#", "__at__")


def _unmarked(text: str) -> str:
    return re.sub(_MARK + r"(\w+)", lambda match: "@" + match.group(1).replace("__at__", "#"), text)


def _refusal(text: str) -> ModelError:
    return ModelError(
        f"The bundle's configuration holds code (“${text.strip()[:60]}”), which is not run: give a bundle whose "
        "network and preprocessing are plain values."
    )
