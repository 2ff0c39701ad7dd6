"""Everything that a job's result depends on besides its source and the weights."""

from __future__ import annotations

from dataclasses import dataclass

from kinemacolor.engine.backends import registry
from kinemacolor.models.errors import SettingsError

CODECS = ("auto", "h264", "hevc", "av1", "ffv1", "prores")
CONTAINERS = ("auto", "mkv", "mp4", "mov")
DEVICES = ("auto", "cpu", "cuda")
_EVERY = 6  # frames, of --color-every auto
# Without plug-ins, which have names, and may have precisions, of their own.
BACKENDS = ("auto", registry.EAGER, *registry.BUILT_IN)
PRECISIONS = ("auto", *registry.PARITY_LIMITS)


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
        codec: one of `CODECS`; "auto" is H.264, or FFV1 where H.264 cannot carry the bit depth.
        quality: the encoder's own constant-quality number (CRF); None is visually lossless.
        preset: the encoder's own speed preset; None is this project's choice.
        container: one of `CONTAINERS`; "auto" is the source's where the codec fits into it.
        segment_frames: frames of a film, at most, that are coloured as one and encoded as one.
        salvage: keep what could be decoded of a damaged film instead of refusing it.

    Raises:
        SettingsError: a value is outside its range.
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
    codec: str = "auto"
    quality: float | None = None
    preset: str | None = None
    container: str = "auto"
    segment_frames: int = 480
    salvage: bool = False

    def __post_init__(self) -> None:
        def check(ok: bool, option: str, value: object, allowed: str) -> None:
            if not ok:
                raise SettingsError(f"--{option}", f"{value!r} is not possible", f"use {allowed}")

        check(
            32 <= self.working_size <= 2048 and self.working_size % 32 == 0,
            "working-size",
            self.working_size,
            "a multiple of 32 from 32 to 2048",
        )
        check(
            self.device.split(":")[0] in DEVICES, "device", self.device, "auto, cpu, cuda or cuda:N"
        )
        if self.backend not in BACKENDS:  # looking for plug-ins takes a while
            known = ("auto", *registry.names())
            check(self.backend in known, "backend", self.backend, ", ".join(known))
        if self.precision != "auto":
            precisions = ("auto", *registry.precisions(self.backend))
            check(self.precision in precisions, "precision", self.precision, ", ".join(precisions))
        check(
            self.color_every == "auto"
            or (self.color_every.isdecimal() and 1 <= int(self.color_every) <= 32),
            "color-every",
            self.color_every,
            "auto or 1 to 32",
        )
        check(
            0 <= self.smoothing_window <= 32, "smoothing-window", self.smoothing_window, "0 to 32"
        )
        check(
            0 <= self.smoothing_strength <= 1,
            "smoothing-strength",
            self.smoothing_strength,
            "0 to 1",
        )
        check(0 <= self.saturation <= 3, "saturation", self.saturation, "0 to 3")
        check(self.segment_frames > 0, "segment-frames", self.segment_frames, "1 or more")
        check(self.codec in CODECS, "codec", self.codec, ", ".join(CODECS))
        check(self.container in CONTAINERS, "container", self.container, ", ".join(CONTAINERS))

    @property
    def key_distance(self) -> int:
        """`color_every` as a number of frames."""
        return _EVERY if self.color_every == "auto" else int(self.color_every)

    @property
    def follows_motion(self) -> bool:
        """Whether a frame's colours depend on its neighbours'."""
        smooths = self.smoothing_window > 0 and self.smoothing_strength > 0
        return smooths or self.key_distance > 1
