"""A model's folder: weights as safetensors, which hold numbers and nothing else, and the card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bonedensity.errors import MissingDependencyError, ModelError, UnreadableFileError
from bonedensity.learning.card import ModelCard, read_card, write_card

if TYPE_CHECKING:
    import torch

WEIGHTS_FILE = "weights.safetensors"

SHIPPED = Path(__file__).parent / "shipped"
"""A folder for each model that comes with the package."""


def model_folder(name: str, given: Path | None = None) -> Path:
    """A model's folder: the one that was given, else that of the weights which come with the package.

    Raises:
        ModelError: None was given, and none come with it.
    """
    folder = given or SHIPPED / name
    if given is None and not folder.is_dir():
        raise ModelError(f"No weights of the model “{name}” come with this version: train it, and give its folder.")
    return folder


def save_weights(network: torch.nn.Module, card: ModelCard, folder: Path, *, half: bool = True) -> None:
    """Write weights and card.

    Args:
        network: Whose parameters and buffers are kept.
        card: Its card.
        folder: Made where it is not there.
        half: Store in half precision, which halves the file and costs no accuracy that matters.
    """
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    if half:
        state = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    save_file(state, folder / WEIGHTS_FILE)
    write_card(card, folder)


def load_weights(network: torch.nn.Module, folder: Path) -> ModelCard:
    """Fill a network with the weights of a folder, in place, and make it ready to predict.

    Raises:
        UnreadableFileError: No weights or no card there, or damaged ones.
        ModelError: They belong to another network.
        MissingDependencyError: safetensors is not installed.
    """
    try:
        from safetensors.torch import load_file
    except ImportError:
        raise MissingDependencyError("Weights need safetensors (pip install 'bonedensity[models]').") from None
    path = folder / WEIGHTS_FILE
    if not path.is_file():
        raise UnreadableFileError(f"There are no weights “{path}”: train the model, or give another folder.")
    card = read_card(folder)
    try:
        state = load_file(path)
    except Exception as error:  # safetensors raises its own kind
        raise UnreadableFileError(f"“{path}” is no safetensors file ({error}); get it again.") from None
    try:
        network.load_state_dict({name: tensor.float() for name, tensor in state.items()})
    except RuntimeError as error:
        last = str(error).splitlines()[-1].strip()
        raise ModelError(f"“{path}” holds the weights of another network than {card.name}: {last}") from None
    network.eval()
    return card
