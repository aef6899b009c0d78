"""What a session's worker already has, so that nothing is put into their exchange twice or stays there for ever."""

from __future__ import annotations

from bonedensity.jobs.exchange import Exchange, Reference, names_in
from bonedensity.jobs.packing import Packable


class Held:
    """References of a session's objects, one a slot.

    Args:
        exchange: Where they lie.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._references: dict[str, tuple[object, Reference]] = {}
        self._retired: dict[str, Reference] = {}

    def put(self, slot: str, value: Packable) -> Reference:
        """The reference of an object; put there once, as long as the object is the same."""
        held = self._references.get(slot)
        if held is not None and held[0] is value:
            return held[1]
        reference = self._exchange.put(value)
        self.keep(slot, value, reference)
        return reference

    def keep(self, slot: str, value: object, reference: Reference) -> None:
        """Note the reference under which the worker already has an object."""
        held = self._references.get(slot)
        self._references[slot] = (value, reference)
        if held is not None and held[1] != reference:
            before = self._retired.pop(slot, None)  # one generation late: the worker may still be asked for the last
            self._retired[slot] = held[1]
            if before is not None and not self._in_use(before):
                self._exchange.release(before)

    def _in_use(self, reference: Reference) -> bool:
        """Whether objects that are still held share an array with this one."""
        alive = [*(held for _, held in self._references.values()), *self._retired.values()]
        return bool({*names_in(reference)} & {name for other in alive for name in names_in(other)})
