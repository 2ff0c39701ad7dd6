"""Sample reel: camera moves over photos, with the wear of an old print, sound and chapters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from kinemacolor.engine.files import atomic_write

WIDTH, HEIGHT, RATE = 640, 480, 24
SHOT = 40  # frames
FADE = 10  # frames, from black at the start and to black at the end
SOUND_RATE = 48_000
TITLE = "Kinemacolor sample reel"
SMPTE170M = 6  # ITU-T H.273: the colours of a standard-definition transfer


@dataclass(frozen=True)
class Shot:
    """Shot of a camera that moves over a photo.

    Args:
        title: of its chapter.
        photo: (H, W) uint8 grey.
        start, end: (x, y, width) of the view: its centre in fractions of the photo's width and
            height, its width in fractions of the photo's width.
    """

    title: str
    photo: np.ndarray
    start: tuple[float, float, float]
    end: tuple[float, float, float]

    def view(self, progress: float) -> np.ndarray:
        """View of the camera, (HEIGHT, WIDTH) float32 codes, at 0 (start) to 1 (end)."""
        eased = 0.5 - 0.5 * np.cos(np.pi * progress)
        start, end = np.asarray(self.start), np.asarray(self.end)
        x, y, span = start + eased * (end - start)
        rows, columns = self.photo.shape
        scale = span * columns / WIDTH
        left, top = x * columns - scale * WIDTH / 2, y * rows - scale * HEIGHT / 2
        place = np.array([[scale, 0, left], [0, scale, top]])
        return cv2.warpAffine(
            self.photo.astype(np.float32),
            place,
            (WIDTH, HEIGHT),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT_101,
        )


class _Wear:
    """Wear of a print: grain, flicker, vignette, scratches, dust."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(1908)
        noise = self._rng.normal(0, 1, (6, HEIGHT, WIDTH)).astype(np.float32)
        grain = np.stack([cv2.GaussianBlur(layer, (0, 0), 0.8) for layer in noise])
        self._grain = grain * (5 / grain.std())
        y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j].astype(np.float32)
        self._vignette = 1 - 0.22 * ((x * x + y * y) / 2) ** 1.5
        self._scratch: tuple[float, int] | None = None  # column, frames left

    def __call__(self, view: np.ndarray) -> np.ndarray:
        rng = self._rng
        light = self._vignette * np.float32(1 + 0.025 * rng.standard_normal())
        worn = view * light + self._grain[rng.integers(len(self._grain))]
        self._draw_scratch(worn)
        if rng.random() < 0.3:
            self._draw_dust(worn)
        return worn

    def _draw_scratch(self, worn: np.ndarray) -> None:
        if self._scratch is None and self._rng.random() < 0.06:
            self._scratch = self._rng.uniform(0.1, 0.9) * WIDTH, 9
        if self._scratch is None:
            return
        column, left = self._scratch
        cv2.line(worn, (round(column), 0), (round(column + 2), HEIGHT), 215, 1, cv2.LINE_AA)
        column += self._rng.normal(0, 0.8)
        self._scratch = (column, left - 1) if left > 1 else None

    def _draw_dust(self, worn: np.ndarray) -> None:
        x, y, size = self._rng.integers((20, 20, 1), (WIDTH - 20, HEIGHT - 20, 4)).tolist()
        axes, angle = (size, size + 2), self._rng.uniform(0, 180)
        cv2.ellipse(worn, (x, y), axes, angle, 0, 360, 25, -1, cv2.LINE_AA)


def lumas(shots: list[Shot]) -> Iterator[np.ndarray]:
    """Frames of the reel: (HEIGHT, WIDTH) uint8 luma of limited range, `SHOT` of each shot."""
    wear = _Wear()
    last = SHOT * len(shots) - 1
    for number in range(last + 1):
        shot = shots[number // SHOT]
        worn = wear(shot.view(number % SHOT / (SHOT - 1)))
        fade = min(1.0, (number + 1) / FADE, (last - number + 1) / FADE)
        yield (16.5 + worn * (fade * 219 / 255)).clip(16, 235).astype(np.uint8)


def sound(seconds: float) -> np.ndarray:
    """Sound track, (samples,) int16 at `SOUND_RATE`: a projector and a slow tune."""
    time = np.arange(round(seconds * SOUND_RATE)) / SOUND_RATE
    hum = 0.05 * np.sin(2 * np.pi * 50 * time) + 0.03 * np.sin(2 * np.pi * 150 * time)
    clicks = np.exp(-90 * (time * RATE % 1) / RATE)  # the claw pulls once a frame
    rattle = 0.02 * clicks * np.random.default_rng(1908).standard_normal(len(time))
    notes = np.array([262, 330, 392, 523, 392, 330])
    beat = time * 2 % 1
    pitch = notes[(time * 2).astype(int) % len(notes)]
    tune = 0.2 * np.sin(2 * np.pi * pitch * time) * np.minimum(1, 40 * beat) * np.exp(-3 * beat)
    return np.round((hum + rattle + tune) * 32767).astype(np.int16)


def write_sample_reel(path: Path, shots: list[Shot], comment: str) -> None:
    """Write an MP4 film: grey H.264, AAC sound, a chapter for each shot, a title.

    Args:
        path: of the film (.mp4); replaced if it exists.
        shots: in order.
        comment: for the metadata.
    """
    with atomic_write(path) as part, av.open(str(part), "w", format="mp4") as film:
        film.metadata.update({"title": TITLE, "comment": comment})
        video = film.add_stream("libx264", rate=RATE, options={"crf": "18", "preset": "veryfast"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        context = video.codec_context
        context.color_range, context.colorspace = 1, SMPTE170M
        context.color_primaries = context.color_trc = SMPTE170M
        audio = film.add_stream("aac", rate=SOUND_RATE, layout="mono")
        audio.metadata["title"] = "Projector and tune"
        film.set_chapters(
            [
                {
                    "id": number,
                    "start": number * SHOT,
                    "end": (number + 1) * SHOT,
                    "time_base": Fraction(1, RATE),
                    "metadata": {"title": shot.title},
                }
                for number, shot in enumerate(shots)
            ]
        )
        grey = np.full((HEIGHT // 2, WIDTH), 128, np.uint8)  # Cb and Cr
        for number, luma in enumerate(lumas(shots)):
            frame = av.VideoFrame.from_ndarray(np.concatenate([luma, grey]), format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            film.mux(video.encode(frame))
        film.mux(video.encode(None))
        samples = av.AudioFrame.from_ndarray(
            sound(SHOT * len(shots) / RATE)[None], format="s16", layout="mono"
        )
        samples.sample_rate, samples.pts = SOUND_RATE, 0
        samples.time_base = Fraction(1, SOUND_RATE)
        resampler = av.AudioResampler(audio.format, "mono", SOUND_RATE, frame_size=1024)
        for piece in (samples, None):
            for block in resampler.resample(piece):
                film.mux(audio.encode(block))
        film.mux(audio.encode(None))
