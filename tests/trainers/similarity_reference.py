"""Structural similarity in NumPy, straight from the papers' formulas; pictures are (C, H, W)."""

import numpy as np
from scipy.ndimage import correlate1d

BETAS = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])


def window(sigma: float, radius: int) -> np.ndarray:
    weights = np.exp(-(np.arange(-radius, radius + 1.0) ** 2) / (2 * sigma**2))
    return weights / weights.sum()


def windowed_mean(plane: np.ndarray, sigma: float, radius: int) -> np.ndarray:
    """Of (H, W); edges mirrored about the outermost pixel."""
    for axis in (0, 1):
        plane = correlate1d(plane, window(sigma, radius), axis=axis, mode="mirror")
    return plane


def factors(
    x: np.ndarray, y: np.ndarray, data_range: float, sigma: float, radius: int
) -> tuple[np.ndarray, np.ndarray]:
    """Luminance, and contrast times structure, of each pixel of two (H, W) planes."""

    def mean(plane: np.ndarray) -> np.ndarray:
        return windowed_mean(plane, sigma, radius)

    mx, my = mean(x), mean(y)
    variance_x, variance_y = mean(x * x) - mx**2, mean(y * y) - my**2
    covariance = mean(x * y) - mx * my
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    luminance = (2 * mx * my + c1) / (mx**2 + my**2 + c1)
    return luminance, (2 * covariance + c2) / (variance_x + variance_y + c2)


def halved(plane: np.ndarray) -> np.ndarray:
    """Means of 2 x 2; at the end of an odd size, of what is there."""
    height, width = plane.shape
    even = np.pad(plane, ((0, height % 2), (0, width % 2)), constant_values=np.nan)
    return np.nanmean([even[i::2, j::2] for i in (0, 1) for j in (0, 1)], axis=0)


def ms_ssim(x: np.ndarray, y: np.ndarray, data_range: float, count: int = 5) -> float:
    """Wang, Simoncelli and Bovik (2003) at `count` scales, the mean over channels."""
    betas = BETAS[:count] / BETAS[:count].sum()
    values = []
    for one, other in zip(x.astype(float), y.astype(float), strict=True):
        value = 1.0
        for i, beta in enumerate(betas):
            luminance, structure = factors(one, other, data_range, 1.5, 5)
            kept = (luminance * structure if i == count - 1 else structure)[5:-5, 5:-5]
            value *= max(0.0, kept.mean()) ** beta
            one, other = halved(one), halved(other)
        values.append(value)
    return float(np.mean(values))


def zhao_mix(x: np.ndarray, y: np.ndarray) -> float:
    """Zhao et al. (2017), equation for the mix, of planes in 0..1 with edges mirrored."""
    values = []
    for one, other in zip(x.astype(float), y.astype(float), strict=True):
        product = np.ones_like(one)
        for sigma, radius in ((0.5, 2), (1, 4), (2, 7), (4, 14), (8, 15)):
            luminance, structure = factors(one, other, 1.0, sigma, radius)
            product *= structure
        distance = windowed_mean(np.abs(one - other), 8, 15).mean()
        values.append(0.84 * (1 - (product * luminance).mean()) + 0.16 * distance)
    return float(np.mean(values))
