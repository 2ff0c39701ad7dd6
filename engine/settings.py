"""Everything that a job's result depends on besides its source and the weights."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from typing import Any

from kinemacolor.engine.backends import registry
from kinemacolor.models.errors import SettingsError

CODECS = ("auto", "h264", "hevc", "av1", "ffv1", "prores", "dnxhr")
CONTAINERS = ("auto", "mkv", "mp4", "mov")
BIT_DEPTHS = ("auto", "8", "10", "12")
CHROMAS = {"source": None, "420": (1, 1), "422": (1, 0), "444": (0, 0)}  # log2 of its coarseness
DEVICES = ("auto", "cpu", "cuda")
# Settings that a job may go on with otherwise than it began.
CHANGEABLE = ("salvage", "touch", "memory")
ON_COLOR = ("keep", "recolor", "fail")
_SIZES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_EVERY = 24  # frames, of --color-every auto
# Without plug-ins, which have names, and may have precisions, of their own.
BACKENDS = ("auto", registry.EAGER, *registry.BUILT_IN)
PRECISIONS = ("auto", *registry.PARITY_LIMITS)
_TEXTS = (
    *("model", "device", "color_every", "backend", "precision", "codec", "container", "frames"),
    *("on_color", "memory", "suffix", "chroma", "bit_depth"),
)
RANGES = {  # both ends are possible
    "working_size": (32, 2048),
    "smoothing_window": (0, 32),
    "smoothing_strength": (0, 1),
    "saturation": (0, 3),
    "still_quality": (1, 100),
}
PURPOSES: dict[str, dict[str, Any]] = {
    # To watch and to hand on: H.264 in the source's container.
    "access": {"codec": "h264"},
    # To keep: lossless in Matroska, with checksums of slices and of decoded frames.
    "archive": {"codec": "ffv1", "container": "mkv", "framemd5": True},
    # To cut: what editing programs read without converting.
    "editing": {"codec": "prores", "container": "mov"},
}


def settings_for(purpose: str) -> dict[str, Any]:
    """The fields of `Settings` that a purpose sets.

    Raises:
        SettingsError: `PURPOSES` does not have it.
    """
    if purpose not in PURPOSES:
        problem = f"{purpose!r} is not possible"
        raise SettingsError("purpose", problem, f"use {', '.join(PURPOSES)}")
    return PURPOSES[purpose]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The options of a job; equal settings, weights and sources give equal pictures.

    Args:
        model: name of a network in the catalog, or the path of a weights file.
        working_size: short side in pixels at which the network sees a picture; multiple of 32.
        device: "auto" (CUDA where there is one), "cpu", "cuda" or "cuda:N".
        color_every: a film's frames, at most, from one that the network colours to the next; those
            between get their colours along the motion. 1 is every frame, "auto" this project's
            choice.
        backend: what runs the network: one of `BACKENDS`, or a plug-in's; "auto" is replaced by
            one of them before a job begins.
        precision: what the network computes in: one of `PRECISIONS`, or of a plug-in backend's own;
            "auto" is the backend's choice for the device.
        smoothing_window: frames on either side that steady a frame's colour; 0 turns it off.
        smoothing_strength: weight of the neighbours, 0 (none) to 1 (as much as the frame itself).
        saturation: factor on a*, b* before they are fitted into gamut; 1 is the network's own.
        color_memory: hold a film's colours together inside a shot, and share them between shots of
            the same set-up; nothing to do with `memory`.
        codec: one of `CODECS`; "auto" is H.264, or FFV1 where H.264 cannot carry the bit depth.
        quality: the encoder's own constant-quality number (CRF); None is visually lossless.
        preset: the encoder's own speed preset; None is this project's choice.
        container: one of `CONTAINERS`; "auto" is the source's where the codec fits into it.
        chroma: subsampling of a coloured film, one of `CHROMAS`; "source" is 4:2:0 for a grey one.
        bit_depth: bits of a sample of a coloured film, one of `BIT_DEPTHS`, and not fewer than the
            source has; "auto" is the source's, or the next that the codec has. Luma keeps its
            light, and its codes in the upper bits; chroma is computed to all the bits.
        segment_frames: frames of a film, at most, that are coloured as one and encoded as one.
        salvage: keep what could be decoded of a damaged film or still instead of refusing it.
        frames: "FIRST-LAST", the numbers from 0 of the frames that are coloured of every film, both
            included; empty is all of them.
        from_time, to_time: the same by times, in seconds from the film's start; `to_time` is
            excluded, and None is the film's own start or end.
        still_quality: of JPEG and lossy WebP stills, 1 to 100; None keeps the source's.
        on_color: what becomes of sources that are in colour already: "keep" gives a whole file back
            as it is and keeps the chroma of a film's shots, "recolor" colours them from their luma
            as if they had none, "fail" refuses the file. What has one hue alone, such as sepia or
            a tinted film, is not in colour.
        memory: bytes that a process may take, such as "4G" or "800M"; "auto" is three quarters of
            the machine's or the container's, shared among the actors on it. Large stills wait for
            one another; what is too large alone is refused.
        framemd5: write a file of MD5 sums beside every film, one of each decoded frame, in
            FFmpeg's format.
        suffix: added to the names of coloured files, before their extension.
        touch: results get the present time; else that of their sources.

    Raises:
        SettingsError: a value is outside its range; its subject is the field's name.
    """

    model: str = "kinema"
    working_size: int = 256
    device: str = "auto"
    color_every: str = "auto"
    backend: str = "auto"
    precision: str = "auto"
    smoothing_window: int = 3
    smoothing_strength: float = 1.0
    saturation: float = 1.0
    color_memory: bool = True
    codec: str = "auto"
    quality: float | None = None
    preset: str | None = None
    container: str = "auto"
    chroma: str = "source"
    bit_depth: str = "auto"
    segment_frames: int = 480
    salvage: bool = False
    frames: str = ""
    from_time: float | None = None
    to_time: float | None = None
    still_quality: int | None = None
    on_color: str = "keep"
    memory: str = "auto"
    framemd5: bool = False
    suffix: str = ""
    touch: bool = False

    def __post_init__(self) -> None:
        def check(field: str, ok: bool, allowed: str) -> None:
            if not ok:
                value = getattr(self, field)
                shown = f"{value:g}" if isinstance(value, float) else repr(value)
                raise SettingsError(field, f"{shown} is not possible", allowed)

        for field in _TEXTS:
            check(field, isinstance(getattr(self, field), str), "use a text")
        for field, (low, high) in RANGES.items():
            value = getattr(self, field)
            fits = value is None or (isinstance(value, int | float) and low <= value <= high)
            check(field, fits, f"use {low} to {high}")
        check("working_size", self.working_size % 32 == 0, "use a multiple of 32")
        check("device", self.device.split(":")[0] in DEVICES, "use auto, cpu, cuda or cuda:N")
        if self.backend not in BACKENDS:  # looking for plug-ins takes a while
            known = ("auto", *registry.names())
            check("backend", self.backend in known, f"use {', '.join(known)}")
        if self.precision != "auto":
            precisions = ("auto", *registry.precisions(self.backend))
            check("precision", self.precision in precisions, f"use {', '.join(precisions)}")
        check(
            "color_every",
            self.color_every == "auto"
            or (self.color_every.isdecimal() and 1 <= int(self.color_every) <= 32),
            "use auto or 1 to 32",
        )
        best, worst = (1, 63) if self.codec == "av1" else (0, 51)
        fits = self.quality is None or best <= self.quality <= worst
        check("quality", fits, f"use {best} to {worst}; lower is better")
        check("segment_frames", self.segment_frames > 0, "use 1 or more")
        check("codec", self.codec in CODECS, f"use {', '.join(CODECS)}")
        check("container", self.container in CONTAINERS, f"use {', '.join(CONTAINERS)}")
        check("chroma", self.chroma in CHROMAS, f"use {', '.join(CHROMAS)}")
        check("bit_depth", self.bit_depth in BIT_DEPTHS, f"use {', '.join(BIT_DEPTHS)}")
        check("on_color", self.on_color in ON_COLOR, f"use {', '.join(ON_COLOR)}")
        check("memory", self.memory == "auto" or bool(self.memory_bytes), "use 4G, 800M or auto")
        check("suffix", not set(self.suffix) & {"/", os.sep, "\0"}, "use no folder separator")
        self._check_excerpt()

    def _check_excerpt(self) -> None:
        first, last = self.frame_numbers or (0, 0)
        if last < first or (self.frames and not self.frame_numbers):
            problem = f"{self.frames!r} is not possible"
            raise SettingsError("frames", problem, "use FIRST-LAST, such as 0-119")
        begin, end = self.from_time, self.to_time
        if self.frames and (begin is not None or end is not None):
            raise SettingsError("frames", "does not go with times", "give one or the other")
        if not all(time is None or math.isfinite(time) for time in (begin, end)):
            raise SettingsError("from_time, to_time", "are no times", "use seconds")
        if begin is not None and begin < 0:
            raise SettingsError("from_time", f"{begin:g} s is before the film's start")
        if end is not None and end <= (begin or 0):
            raise SettingsError("to_time", f"{end:g} s is not after {begin or 0:g} s")

    @classmethod
    def for_purpose(cls, purpose: str, **changes: Any) -> Settings:
        """The settings that suit a purpose.

        Args:
            purpose: "access", "archive" or "editing"; `PURPOSES` has what each means.
            changes: fields that differ from those.

        Raises:
            SettingsError: there is no such purpose, or a value is outside its range.

        Example:
            >>> import kinemacolor
            >>> masters = kinemacolor.Settings.for_purpose("archive", saturation=1.2)
            >>> masters.codec, masters.container, masters.saturation
            ('ffv1', 'mkv', 1.2)
        """
        return cls(**settings_for(purpose) | changes)

    @property
    def frame_numbers(self) -> tuple[int, int] | None:
        """The first and last number of `frames`; None where it is empty, or not two numbers."""
        match = re.fullmatch(r"([0-9]+)-([0-9]+)", self.frames)
        return (int(match[1]), int(match[2])) if match else None

    @property
    def memory_bytes(self) -> int | None:
        """`memory` as a number of bytes; None where it is "auto", or no size."""
        match = re.fullmatch(r"([0-9]+)([KMGT]?)B?", self.memory.upper())
        return int(match[1]) * _SIZES[match[2]] if match else None

    @property
    def is_excerpt(self) -> bool:
        """Whether a part of every film is asked for."""
        return bool(self.frames) or self.from_time is not None or self.to_time is not None

    @property
    def key_distance(self) -> int:
        """`color_every` as a number of frames."""
        return _EVERY if self.color_every == "auto" else int(self.color_every)

    @property
    def follows_motion(self) -> bool:
        """Whether a frame's colours depend on its neighbours'."""
        smooths = self.smoothing_window > 0 and self.smoothing_strength > 0
        return smooths or self.key_distance > 1
