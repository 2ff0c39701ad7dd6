"""Simulated degradation of old film: stock, wear and transfer, applied to photos' lightness.

Every fault is a pure function of its picture and random generator. Pictures are (H, W) float32 in
0..1, encoded (gamma) light as a scan stores it. No fault moves the picture: the colours to be
learned stay those of the clean photo.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

Fault = Callable[[np.ndarray, np.random.Generator], np.ndarray]

# Linear-light weights of R, G, B. Orthochromatic stock does not see red: skies white, lips black.
_PANCHROMATIC = (0.2126, 0.7152, 0.0722)
_ORTHOCHROMATIC = (0.02, 0.48, 0.50)


def _smooth_noise(shape: tuple[int, int], sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise of unit deviation, blurred by `sigma` pixels."""
    noise = cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), sigma)
    return noise / max(1e-6, float(noise.std()))


def stock(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Grey of (H, W, 3) uint8 sRGB on an emulsion between panchromatic and orthochromatic."""
    share = rng.beta(0.7, 0.7)
    weights = (1 - share) * np.array(_PANCHROMATIC) + share * np.array(_ORTHOCHROMATIC)
    linear = (rgb.astype(np.float32) / 255) ** 2.2
    return ((linear @ weights.astype(np.float32)) ** (1 / 2.2)).clip(0, 1)


def grade(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Tone curve of a print: gamma, and an S or a flattened S around mid grey."""
    picture = picture ** np.float32(np.exp(rng.normal(0, 0.25)))
    bend = np.float32(rng.uniform(-0.5, 0.8))
    return picture + bend * picture * (1 - picture) * (2 * picture - 1)


def fade(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Low contrast: blacks lifted, whites dulled."""
    black, white = rng.uniform(0, 0.25), rng.uniform(0.7, 1)
    return (black + picture * (white - black)).astype(np.float32)


def grain(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Clumped noise, strongest in the mid tones."""
    noise = _smooth_noise(picture.shape, rng.uniform(0.4, 1.2), rng)
    amount = rng.uniform(0.01, 0.06)
    return picture + amount * noise * (0.4 + 2.4 * picture.clip(0, 1) * (1 - picture.clip(0, 1)))


def scratches(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One to five near-vertical lines, bright (base side) or dark (emulsion side)."""
    height, width = picture.shape
    mask = np.zeros((height, width), np.float32)
    for _ in range(rng.integers(1, 6)):
        x, lean = rng.uniform(0, width), rng.normal(0, 0.01)
        top, bottom = sorted(rng.uniform(-0.5, 1.5, 2) * height)
        y = np.arange(max(0, int(top)), min(height, int(bottom)))
        wander = x + lean * y + np.cumsum(rng.normal(0, 0.05, len(y)))
        points = np.stack([wander, y], axis=1).round().astype(np.int32)
        sign = 1.0 if rng.random() < 0.6 else -1.0
        cv2.polylines(mask, [points], False, sign * rng.uniform(0.15, 0.6), 1, cv2.LINE_8)
    return picture + cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.3, 0.7))


def dirt(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Specks and hairs, white (on the negative) or black (on the print)."""
    height, width = picture.shape
    mask = np.zeros((height, width), np.float32)
    for _ in range(rng.integers(2, 20)):
        spot = (int(rng.integers(width)), int(rng.integers(height)))
        value = float(rng.choice([-1, 1]) * rng.uniform(0.2, 0.8))
        axes = tuple(int(a) for a in rng.integers(1, 4, 2))
        cv2.ellipse(mask, spot, axes, rng.uniform(0, 180), 0, 360, value, -1)
    if rng.random() < 0.3:
        steps = rng.normal(0, 2, (30, 2)).cumsum(0).cumsum(0) * 0.15
        hair = (steps + rng.random(2) * (width, height)).round().astype(np.int32)
        cv2.polylines(mask, [hair], False, float(rng.choice([-0.5, 0.5])), 1)
    return picture + cv2.GaussianBlur(mask, (0, 0), 0.5)


def flicker(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Uneven exposure of one frame: a gain, and a soft band down the picture."""
    y = np.linspace(0, 1, picture.shape[0], dtype=np.float32)[:, None]
    band = np.sin(2 * np.pi * (rng.uniform(0.3, 1.5) * y + rng.random()), dtype=np.float32)
    return picture * np.float32(1 + rng.normal(0, 0.08)) + np.float32(rng.normal(0, 0.03)) * band


def blur(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Soft lenses and generations of copies."""
    return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.8))


def vignette(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Fall-off towards the corners, around a centre that need not be the picture's."""
    height, width = picture.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    radius = np.hypot(
        x / width - rng.uniform(0.4, 0.6), y / height - rng.uniform(0.4, 0.6), dtype=np.float32
    )
    return picture * (1 - np.float32(rng.uniform(0.2, 1.0)) * radius**2)


def sepia(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Toned print scanned in colour and read as luma: the tone darkens the shadows."""
    tone = rng.uniform((0.85, 0.65, 0.35), (1.0, 0.9, 0.75)).astype(np.float32)
    toned = picture[..., None] ** (1 / tone) * (1 - (1 - tone) * (1 - picture[..., None]) * 0.5)
    return (toned @ np.array([0.299, 0.587, 0.114], np.float32)).astype(np.float32)


def telecine(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Transfer to video tape: fewer samples along the line, line noise, ringing, a codec."""
    height, width = picture.shape
    narrow = cv2.resize(picture, (int(width * rng.uniform(0.5, 0.9)), height))
    picture = cv2.resize(narrow, (width, height), interpolation=cv2.INTER_CUBIC)
    picture = picture + rng.uniform(0, 0.5) * (
        picture - cv2.GaussianBlur(picture, (0, 0), sigmaX=1.5, sigmaY=0.01)
    )
    lines = rng.normal(0, rng.uniform(0, 0.02), (height, 1)).astype(np.float32)
    noisy = picture + lines + rng.uniform(0, 0.03) * rng.standard_normal(picture.shape, np.float32)
    code = (noisy.clip(0, 1) * 255).astype(np.uint8)
    done, data = cv2.imencode(".jpg", code, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 85))])
    read = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    assert done and read is not None
    return read.astype(np.float32) / 255


# In the order in which they happen to a film, with the probability of each.
FAULTS: dict[str, tuple[Fault, float]] = {
    "blur": (blur, 0.3),
    "vignette": (vignette, 0.3),
    "grade": (grade, 0.7),
    "fade": (fade, 0.3),
    "grain": (grain, 0.6),
    "scratches": (scratches, 0.25),
    "dirt": (dirt, 0.25),
    "flicker": (flicker, 0.3),
    "sepia": (sepia, 0.15),
    "telecine": (telecine, 0.25),
}


def degrade(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Photo as an old film shows it: a stock, then each fault with its probability.

    Args:
        rgb: (H, W, 3) uint8 sRGB.
        rng: source of all that is random.

    Returns:
        (H, W) float32 encoded grey in 0..1.
    """
    picture = stock(rgb, rng)
    for fault, chance in FAULTS.values():
        if rng.random() < chance:
            picture = fault(picture, rng).clip(0, 1).astype(np.float32)
    return picture
