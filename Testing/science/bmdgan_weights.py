"""A folder of BMD-GAN's tiny network with random weights: it says nothing about bone, but runs; for tests alone."""

from dataclasses import asdict

import torch

from bonedensity.estimators.bmdgan.config import SIZES
from bonedensity.estimators.bmdgan.networks.model import BmdganNetwork
from bonedensity.estimators.bmdgan.readout.calibration import Calibration
from bonedensity.estimators.bmdgan.readout.outline import NAMES, OutlineModel
from bonedensity.estimators.bmdgan.readout.readout import ReadOut
from bonedensity.learning.card import ModelCard
from bonedensity.learning.weights import save_weights


def random_bmdgan(folder, *, limit=1e9):
    """Write weights and card; with a small `limit` the model abstains from everything."""
    torch.manual_seed(3)
    network = BmdganNetwork(SIZES["tiny"])
    count = len(NAMES)
    outline = OutlineModel((0.0,) * count, (1.0,) * count, limit)
    readouts = {
        "dxa": ReadOut(0.01, 1.0, 0.0, 0.9, 0.15, 0.2, 0.2, limit),
        "qct": ReadOut(0.01, 300.0, 0.0, 280.0, 40.0, 60.0, 60.0, limit),
    }
    calibration = Calibration(readouts, outline, limit, "hologic")
    config = {"network": asdict(network.config), "calibration": calibration.to_json()}
    card = ModelCard("bmdgan", "tiny", config, "nothing: random weights", "", 3, "a test", "none", {"mae_dxa": 0.5})
    save_weights(network, card, folder)
    return folder
