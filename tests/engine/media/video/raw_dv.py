"""Raw DV: frames one after another, with their sound inside, as a camera gives them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.engine.media.video.films import _field_setter, picture

SHAPES = {Fraction(25): (720, 576, "yuv420p"), Fraction(30000, 1001): (720, 480, "yuv411p")}


def write_raw_dv(path: Path, *, frames: int, rate: Fraction | int, sound: bool = True) -> Path:
    """Write a film whose pictures are bottom field first, as all DV is."""
    width, height, pix_fmt = SHAPES[Fraction(rate)]
    with av.open(str(path), "w", format="dv") as film:
        video = film.add_stream(
            "dvvideo", rate=Fraction(rate), width=width, height=height, pix_fmt=pix_fmt
        )
        video.codec_context.time_base = 1 / Fraction(rate)
        track = film.add_stream("pcm_s16le", rate=48000, layout="stereo") if sound else None
        fields = _field_setter(video, "bff")
        heard = 0
        for index in range(frames):
            shown = picture(index, pix_fmt, (width, height))
            shown.pts, shown.time_base = index, 1 / Fraction(rate)
            fields.push(shown)
            film.mux(video.encode(fields.pull()))
            until = round(48000 * (index + 1) / Fraction(rate))
            if track is not None:
                noise = np.random.default_rng(index).integers(-9999, 9999, (1, 2 * (until - heard)))
                samples = av.AudioFrame.from_ndarray(noise.astype(np.int16), "s16", "stereo")
                samples.sample_rate, samples.pts = 48000, heard
                samples.time_base = Fraction(1, 48000)
                film.mux(track.encode(samples))
            heard = until
    return path
