"""A bundle's network: built from a short list of MONAI classes with plain arguments; weights are numbers only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonedensity.errors import ModelError, UnreadableFileError
from bonedensity.segmentation.bundle.literals import Config, call_of, plain_value

if TYPE_CHECKING:
    import torch

NETWORKS = frozenset(
    {"SegResNet", "SegResNetDS", "SegResNetDS2", "UNet", "BasicUNet", "DynUNet", "AttentionUnet", "VNet"}
    | {"SwinUNETR", "UNETR", "vista3d132"}
)
"""Classes of `monai.networks.nets` that may be built."""

PROMPTED = frozenset({"vista3d132"})
"""Networks that are asked for one class after the other."""

STATE_KEYS = ("model", "state_dict", "network", "net")
"""Under one of these a checkpoint holds the weights, if not at its top."""


def network_of(config: Config) -> tuple[str, dict[str, Any]]:
    """Class name and plain arguments of a configuration's network.

    Raises:
        ModelError: None is described, its class is not on the list, or its arguments are code.
    """
    described = config.get("network_def", config.get("network"))
    if isinstance(described, str):
        called = call_of(described)
        if called is None:
            raise ModelError("The bundle's network_def is code that is not run here: give a plain description.")
        name, arguments = called[0], dict(called[1])
    elif isinstance(described, Mapping):
        name = str(described.get("_target_", ""))
        arguments = {key: value for key, value in described.items() if not key.startswith("_")}
    else:
        raise ModelError("The bundle's configuration describes no network (network_def); get the bundle again.")
    module, _, short = name.rpartition(".")
    if short not in NETWORKS or module not in ("", "monai.networks.nets"):
        raise ModelError(f"The bundle's network “{name}” is none of those built here: {', '.join(sorted(NETWORKS))}.")
    return short, {key: plain_value(config, value) for key, value in arguments.items()}


def build_network(config: Config, weights: Path) -> torch.nn.Module:
    """The network with its weights, ready to predict, on the processor.

    Args:
        config: The bundle's.
        weights: .pt or .safetensors.

    Raises:
        ModelError: As in `network_of`, or weights that do not fit.
        UnreadableFileError: A weights file that is missing, damaged, or holds more than numbers.
    """
    import monai.networks.nets as nets

    name, arguments = network_of(config)
    try:
        network: torch.nn.Module = getattr(nets, name)(**arguments)
    except (TypeError, ValueError) as error:
        raise ModelError(f"The bundle's {name} cannot be built: {error}.") from None
    try:
        network.load_state_dict(_tensors(weights))
    except RuntimeError as error:
        first = str(error).splitlines()[-1].strip()
        raise ModelError(f"The weights “{weights.name}” are not those of the bundle's {name}: {first}") from None
    return network.eval()


def _tensors(weights: Path) -> dict[str, Any]:
    import torch

    if not weights.is_file():
        raise UnreadableFileError(f"The bundle has no weights “{weights}”: put the file there, or download it.")
    try:
        if weights.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(weights))
        loaded: Any = torch.load(weights, map_location="cpu", weights_only=True)
    except Exception as error:  # torch, zip and safetensors each raise their own
        raise UnreadableFileError(
            f"“{weights.name}” cannot be read as weights, or holds more than numbers ({type(error).__name__}): "
            "get it again from its source."
        ) from None
    for key in STATE_KEYS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(key), Mapping):
            loaded = loaded[key]
    if not isinstance(loaded, Mapping) or not all(isinstance(value, torch.Tensor) for value in loaded.values()):
        raise UnreadableFileError(f"“{weights.name}” holds no weights: it is a whole program or another file.")
    return dict(loaded)
