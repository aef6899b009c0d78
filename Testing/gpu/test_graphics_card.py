"""What only a CUDA card can show; `Testing/science/test_torch_renderer.py` repeats its whole suite there as well."""

# ruff: noqa: E402 - what needs torch is imported after the test for it
import logging

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'bonedensity[models]'")

from bonedensity.drr.device import choose_device, triton_available
from bonedensity.drr.torch_renderer import AGREEMENT, TorchProjector
from bonedensity.geometry import RigidTransform, c_arm_camera, pinhole_rays

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")

needs_triton = pytest.mark.skipif(not triton_available(), reason="Triton is not installed")

GRID = np.array([[1.5, 0, 0, -96], [0, 1.5, 0, -96], [0, 0, 1.5, -96], [0, 0, 0, 1]])


@pytest.fixture(scope="module")
def array() -> np.ndarray:
    k, j, i = np.indices((128, 128, 128)) - 63.5
    ball = (i / 50) ** 2 + (j / 35) ** 2 + (k / 60) ** 2 < 1
    return (ball * (1000 + 300 * np.sin(i / 5))).astype(np.float32)


@pytest.fixture(scope="module")
def rays():
    return pinhole_rays(
        c_arm_camera(sdd_mm=1000.0, source_to_isocentre_mm=700.0, rows=256, columns=256, pixel_spacing_mm=(1.2, 1.2))
    )


@pytest.fixture(scope="module")
def poses() -> np.ndarray:
    """A generation of CMA-ES."""
    rng = np.random.default_rng(0)
    return np.array(
        [RigidTransform.from_parameters(rng.normal(size=6) * 6, centre=(0, 0, 0)).matrix for _ in range(30)]
    )


@needs_triton
def test_triton_and_torch_agree_with_the_processor(array, rays, poses):
    expected = TorchProjector(array, GRID, device="cpu").batch(rays, poses[:4])
    for engine in ("torch", "triton"):
        images = TorchProjector(array, GRID, device="cuda", engine=engine).batch(rays, poses[:4])
        np.testing.assert_allclose(images, expected, rtol=0, atol=AGREEMENT * expected.max())


@needs_triton
def test_slopes_from_triton_are_those_of_the_processor(array, rays, poses):
    slopes = []
    for device in ("cuda", "cpu"):
        at = torch.tensor(poses[:2], requires_grad=True)
        TorchProjector(array, GRID, device=device).images(rays, at).square().mean().backward()
        slopes.append(at.grad.numpy())
    np.testing.assert_allclose(*slopes, rtol=0, atol=1e-3 * np.abs(slopes[1]).max())


def test_the_card_is_chosen_and_named(array):
    device = choose_device()
    assert device.name == "cuda"
    assert torch.cuda.get_device_name() in device.reason
    assert TorchProjector(array, GRID).engine == ("triton" if triton_available() else "torch")


def test_a_whole_generation_in_little_memory_is_the_same(array, rays, poses):
    plenty = TorchProjector(array, GRID, device="cuda").batch(rays, poses)
    little = TorchProjector(array, GRID, device="cuda", memory_mb=20).batch(rays, poses)
    np.testing.assert_allclose(little, plenty, rtol=0, atol=2e-6 * plenty.max())


def test_when_the_card_is_full_the_images_come_all_the_same(array, rays, poses, caplog):
    """Nine tenths of what is free are taken, and rays are asked to take more than the rest."""
    expected = TorchProjector(array, GRID, device="cuda").batch(rays, poses)
    torch.cuda.empty_cache()
    project = TorchProjector(array, GRID, device="cuda", memory_mb=1e6)
    free = torch.cuda.mem_get_info()[0]
    held = torch.empty(max(0, free - 200_000_000), dtype=torch.uint8, device="cuda")
    with caplog.at_level(logging.WARNING):
        images = project.batch(rays, poses)
    del held
    assert caplog.messages
    np.testing.assert_allclose(images, expected, rtol=0, atol=1e-3 * expected.max())
