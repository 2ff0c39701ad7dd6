"""Recombination for film where the network runs: the luma goes up once, Cb and Cr come down."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from threading import local

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from kinemacolor.engine.color.planes import halves
from kinemacolor.engine.color.recombination.film import (
    LAST_OF_BYTES,
    NODES,
    REACH,
    RecombinationTables,
)
from kinemacolor.engine.color.upsampling import EPSILON, RADIUS
from kinemacolor.models.color.encoding import YCbCrEncoding


class DeviceRecombiner:
    """The recombination of a film's frames in PyTorch on a device: a `Recombiner`.

    Its results are up to one code from those of `FilmRecombiner`, as OpenCV rounds more often.

    Several threads may call it: each has a CUDA stream of its own, so that the copies of one
    overlap the arithmetic of another. Every call ends when its stream has, so what one thread has
    sent up another may use.

    Args:
        encoding, chroma_shape, saturation, output: as of `FilmRecombiner`.
        device: where to work.
    """

    def __init__(
        self,
        encoding: YCbCrEncoding,
        chroma_shape: tuple[int, int],
        saturation: float = 1.0,
        output: YCbCrEncoding | None = None,
        *,
        device: torch.device,
    ) -> None:
        self._chroma_shape, self._saturation = chroma_shape, saturation
        self._device = device
        self._streams = local()
        self._tables = tables = RecombinationTables(encoding, output or encoding)

        def upload(table: np.ndarray) -> Tensor:
            return torch.from_numpy(np.array(table)).to(device)

        self._chroma = upload(np.stack(tables.chroma)[None])
        self._lightness = upload(tables.lightness)
        self._tile_x, self._tile_y = upload(tables.tile_x), upload(tables.tile_y)

    @torch.inference_mode()
    def to_device(self, luma: np.ndarray) -> Tensor:
        """(H, W) uint8 or int16 (the bits of uint16) on the device."""
        with self._stream():
            plane = torch.from_numpy(luma.view(np.int16) if luma.dtype == np.uint16 else luma)
            if self._device.type == "cuda":
                plane = plane.pin_memory()
            plane = plane.to(self._device, non_blocking=True)
            self._finish()
        return plane

    @torch.inference_mode()
    def lightness(self, luma: Tensor, shape: tuple[int, int]) -> np.ndarray:
        """float32 L* of a luma plane, averaged down (or enlarged) to `shape`."""
        with self._stream():
            codes = _codes(luma)
            while halves(codes.shape, shape):
                codes = _resized(codes, (codes.shape[0] // 2, codes.shape[1] // 2))
            lightness: np.ndarray = self._lightness[_resized(codes, shape)].cpu().numpy()
        return lightness

    @torch.inference_mode()
    def __call__(
        self, luma: Tensor, ab: np.ndarray, lightness: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Chroma planes for a frame, as `recombine` of `LumaPlane`."""
        with self._stream():
            small = _resized(_codes(luma), self._chroma_shape)
            guide = np.concatenate([ab, lightness[..., None]], axis=2)
            upsampled = _upsampled(torch.from_numpy(guide).to(self._device), self._lightness[small])
            steps = self._saturation * (NODES - 1) / (2 * REACH)
            node = (upsampled * steps + (NODES - 1) / 2).clamp(0, NODES - 1)
            at = torch.stack([node[0] + self._tile_x[small], node[1] + self._tile_y[small]], dim=-1)
            at = at * (2 / (self._chroma.shape[-1] - 1)) - 1
            chroma = F.grid_sample(self._chroma, at[None], align_corners=True)[0]
            tables = self._tables
            codes = (chroma * tables.scale + tables.neutral).round().clamp(0, tables.last).int()
            if tables.last == LAST_OF_BYTES:
                cb, cr = codes.to(torch.uint8).cpu().numpy()
            else:
                cb, cr = codes.to(torch.int16).cpu().numpy().view(np.uint16)
        return cb, cr

    def _stream(self) -> AbstractContextManager[object]:
        if self._device.type != "cuda":
            return nullcontext()
        if not hasattr(self._streams, "own"):
            self._streams.own = torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
        return torch.cuda.stream(self._streams.own)

    def _finish(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.current_stream(self._device).synchronize()


def _codes(plane: Tensor) -> Tensor:
    """A plane's codes as int32, from uint8 or from the bits of uint16."""
    return plane.int() & 0xFFFF


@lru_cache(maxsize=32)
def _area_weights(large: int, small: int, device: torch.device) -> Tensor:
    """(small, large) float32: the share of each large pixel in each small one."""
    edges = torch.arange(small + 1, dtype=torch.float64) * (large / small)
    starts = torch.arange(large, dtype=torch.float64)
    overlap = torch.minimum(edges[1:, None], starts + 1) - torch.maximum(edges[:-1, None], starts)
    return (overlap.clamp_min(0) * (small / large)).float().to(device)


def _resized(codes: Tensor, shape: tuple[int, int]) -> Tensor:
    """(H, W) codes at another size, rounded: area-averaged where they shrink, else bilinear."""
    height, width = codes.shape
    if (height, width) == shape:
        return codes
    plane = codes.float()
    if shape[0] <= height and shape[1] <= width:
        rows = _area_weights(height, shape[0], codes.device)
        columns = _area_weights(width, shape[1], codes.device)
        plane = rows @ plane @ columns.T
    else:
        plane = F.interpolate(plane[None, None], shape, mode="bilinear", align_corners=False)[0, 0]
    return plane.round().int()


def _upsampled(guide: Tensor, lightness: Tensor) -> Tensor:
    """Guided upsampling of ab, as `EdgeAwareUpsampler` does it.

    Args:
        guide: (h, w, 3) a*, b* and L* at the working size.
        lightness: (H, W) L* at the size wanted.

    Returns:
        (2, H, W) a* and b*.
    """
    planes = guide.movedim(2, 0)
    ab, light = planes[:2], planes[2:]
    mean = _blurred(torch.cat([planes, planes * light]))
    covariance = mean[3:] - mean[:3] * mean[2:3]
    slopes = covariance[:2] / (covariance[2:] + EPSILON)
    small = torch.cat([ab, slopes, light])[None]
    large = F.interpolate(small, lightness.shape, mode="bilinear", align_corners=False)[0]
    return large[:2] + large[2:4] * (lightness - large[4:])


def _blurred(planes: Tensor) -> Tensor:
    """(C, H, W) planes averaged over the guided filter's window."""
    padded = F.pad(planes[None], (RADIUS,) * 4, mode="reflect")
    return F.avg_pool2d(padded, 2 * RADIUS + 1, stride=1)[0]
