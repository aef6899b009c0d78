"""Abduction, action, prediction: one image and its person, then any number of interventions on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import ModelError
from bonedensity.generators.chvae.config import MORPHOMETRY
from bonedensity.generators.chvae.counterfactual.frames import transfer_of
from bonedensity.generators.chvae.counterfactual.intervention import Counterfactual, Intervention
from bonedensity.generators.chvae.counterfactual.transfer import growth
from bonedensity.generators.chvae.reading.dxa_image import WHITE, DxaImage
from bonedensity.generators.chvae.reading.metadata import Attributes
from bonedensity.generators.chvae.storage import Chvae

if TYPE_CHECKING:
    from torch import Tensor

    from bonedensity.generators.chvae.morphometry.corners import Outline

MOST_SAMPLES = 64


class Abducted:
    """One person's image and attributes, with the noise that makes them.

    Args:
        model: Trained.
        image: As taken.
        attributes: Of the person, all that the graph has.
        samples: Of the latents; 1 takes their means, which is quickest.
        seed: Of the samples.
        outline: Corners of L1 to L4 in pixels of the whole image, cropped or not (4, 4, 2; column and row, in the order
            of `corners.CORNERS`), where a person has set them; None for those that the measuring network sees. In the
            spine's frame they say where the network looks, what is bone that grows, and from which width and height it
            grows; corners in no order are not taken, and a note says so. The image's frame does without them.

    Raises:
        PopulationError: An attribute is missing.
        ModelError: Fewer than 1 or too many samples.
        AnatomyError: An outline of another shape.
    """

    def __init__(
        self,
        model: Chvae,
        image: DxaImage,
        attributes: Mapping[str, float],
        *,
        samples: int = 1,
        seed: int = 0,
        outline: Outline | None = None,
    ) -> None:
        import torch

        if not 1 <= samples <= MOST_SAMPLES:
            raise ModelError(f"{samples} samples cannot be drawn: give 1 to {MOST_SAMPLES}.")
        self.model, self.image, self.attributes = model, image, dict(attributes)
        with torch.inference_mode(), torch.random.fork_rng():
            torch.manual_seed(seed)
            self._noise = model.causal.abduct(_columns(attributes))
            self._transfer = transfer_of(model, image, outline)
            view = torch.from_numpy(self._transfer.view)[None, None]
            self._context = self._context_under({})[0].expand(samples, -1)
            found = model.network.abduct(view.expand(samples, -1, -1, -1), self._context, random=samples > 1)
            self._latents = found.latents
            self._decoded = model.network.decode(found.latents, self._context)
        self._samples = samples

    @property
    def view(self) -> NDArray[np.float32]:
        """The image as the network sees it, in its frame (P, P) in [0, 1]."""
        return self._transfer.view

    @property
    def reconstruction(self) -> NDArray[np.float32]:
        """The image as the network decodes it, mean over samples (P, P) in [0, 1]."""
        return np.asarray(self._decoded.mean(0)[0].numpy())

    def do(self, **values: float) -> Intervention:
        """Set attributes from outside; none of them is the null intervention.

        Raises:
            ModelError: The graph has no such attribute.
            PopulationError: A value that nobody has.
        """
        return Intervention(self, dict(values))

    def predict(self, do: Mapping[str, float], *, residual: bool | None = None) -> Counterfactual:
        """What would be under an intervention; see `Intervention`."""
        import torch

        notes = self.model.causal.outside_support(do)
        carried = self.model.residual if residual is None else residual
        with torch.inference_mode():
            context, after = self._context_under(do)
            decoded = self._decode(context.expand(self._samples, -1))
            change = (decoded - self._decoded)[:, 0]
            picture = decoded.mean(0)[0].numpy()
        transfer, before, sizes = self._transfer, self.image.array, self._growth(after)
        spread = transfer.carried(change.std(0).numpy()) if self._samples > 1 else np.zeros_like(before)
        moved = transfer.added(change.mean(0).numpy(), sizes) if carried else transfer.put(picture, sizes)
        shown = np.where(moved == 0, before, np.clip(before + moved, 0, WHITE)).astype(np.float32)
        return Counterfactual(
            do=dict(do),
            attributes=after,
            image=shown,
            difference=shown - before,
            uncertainty=spread,
            decoded=picture,
            notes=(*notes, *transfer.notes),
        )

    def attributes_under(self, do: Mapping[str, float]) -> Attributes:
        """All attributes as they would be under an intervention, without the picture.

        Raises:
            ModelError: The graph has no such attribute.
        """
        return self._context_under(do)[1]

    def sweep(self, name: str, values: Sequence[float], **also: float) -> list[Counterfactual]:
        """One attribute over many values, others held as `also` says."""
        return [self.predict({**also, name: value}) for value in values]

    def identity(self, counterfactual: Counterfactual) -> float:
        """How much the shown counterfactual is still this person: cosine of both images' latents, 1 for the same.

        The counterfactual is encoded anew, under its own attributes.
        """
        import torch

        network = self.model.network
        with torch.inference_mode():
            view = self._transfer.again(counterfactual.image, self._growth(counterfactual.attributes))
            context = self._context_under(counterfactual.do)[0]
            again = network.abduct(torch.from_numpy(view)[None, None], context, random=False)
            first = network.abduct(torch.from_numpy(self.view)[None, None], self._context[:1], random=False)
            a, b = (network.identity(each.latents)[0] for each in (first, again))
            return float(torch.nn.functional.cosine_similarity(a, b, dim=0))

    def _decode(self, context: Tensor) -> Tensor:
        """Images of this person under another context (samples, 1, P, P)."""
        decoded, law = self.model.network.decode(self._latents, context), self.model.law
        return decoded if law is None else law.obeyed(decoded, context, self._decoded, self._context)

    def _growth(self, after: Mapping[str, float]) -> tuple[float, float]:
        return growth(self.attributes, after, MORPHOMETRY)

    def _context_under(self, do: Mapping[str, float]) -> tuple[Tensor, Attributes]:
        from bonedensity.generators.chvae.causal.context import context_of

        causal = self.model.causal
        table = causal.predict(self._noise, _columns(do)) if do else _columns(self.attributes)
        context = context_of(causal, table, self.model.network.config.context)
        return context, {name: float(table[name][0]) for name in causal.graph.names}


def _columns(values: Mapping[str, float]) -> dict[str, Tensor]:
    import torch

    return {name: torch.tensor([float(value)], dtype=torch.float64) for name, value in values.items()}
