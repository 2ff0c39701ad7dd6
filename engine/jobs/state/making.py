"""How a result was made, or is to be: what is compared before a result is taken for another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.media.provenance.tag import Provenance
from kinemacolor.engine.settings import Settings
from kinemacolor.models.weights_files import weights_digest

# Settings that change a finished file, by its kind. Not among them:
#   container, suffix: they change the name, so a result under the name asked for has them;
#   touch, memory: dates and main memory are no part of a file;
#   salvage: a file that is finished without it was whole, and is the same with it. It is how one
#       goes on after some files of a job have failed, which must not cost the others.
_PICTURE = ("working_size", "saturation", "precision", "device", "on_color")
_OF_KIND = {
    Kind.STILL: (*_PICTURE, "still_quality"),
    Kind.FILM: (
        *_PICTURE,
        "color_every",
        "backend",
        "smoothing_window",
        "smoothing_strength",
        "color_memory",
        "codec",
        "quality",
        "preset",
        "chroma",
        "bit_depth",
        "segment_frames",
        "frames",
        "from_time",
        "to_time",
        "framemd5",
    ),
}
_OF_LOSSLESS_STILLS = tuple(name for name in _OF_KIND[Kind.STILL] if name != "still_quality")
ALL_SETTINGS = tuple(dict.fromkeys(name for names in _OF_KIND.values() for name in names))
_LOSSY_STILLS = (".jpg", ".jpeg", ".jpe", ".jfif", ".webp")
_OPTIONS = {"from_time": "--from", "to_time": "--to", "color_memory": "--no-memory"}
_SHOWN = 12  # digits of a hash


@dataclass(frozen=True)
class Making:
    """How results were made, or are to be.

    Args:
        settings: by name, as far as they are stated.
        network: name or weights file.
        weights: SHA-256 of the weights; empty where it is not known.
    """

    settings: Mapping[str, Any]
    network: str
    weights: str

    @classmethod
    def asked(cls, settings: Settings) -> Making:
        """How results are to be made by settings, with the weights as they are now."""
        return cls(asdict(settings), settings.model, weights_digest(settings.model))

    @classmethod
    def tagged(cls, tag: Provenance) -> Making:
        """How the file with this tag was made."""
        return cls(tag.settings, tag.network, tag.weights)

    def differences(self, asked: Making, names: Iterable[str]) -> list[str]:
        """What of this differs from what is asked for, in words: "with --saturation 1.0, not 1.2".

        "auto" for device, backend and precision is equal to whatever it was or will be replaced by,
        and for the codec to H.264. What is not stated is not compared.

        Args:
            asked: how results are to be made.
            names: settings that count, by `settings_of`.
        """
        found = [
            difference(name, self.settings[name], asked.settings[name])
            for name in names
            if name in self.settings and not _same(name, self.settings[name], asked.settings[name])
        ]
        return found + self.other_weights(asked)

    def other_weights(self, asked: Making) -> list[str]:
        """The difference of the weights alone, in words; empty where there is none."""
        if self.weights and asked.weights:
            if self.weights == asked.weights:
                return []
            if self.network == asked.network:
                was, wanted = self.weights[:_SHOWN], asked.weights[:_SHOWN]
                return [f"with other weights of {self.network} ({was}..., not {wanted}...)"]
        elif self.network == asked.network or not asked.weights:
            return []
        return [difference("model", self.network, asked.network)]


def settings_of(kind: Kind, name: str) -> tuple[str, ...]:
    """The settings that change a finished file.

    Args:
        kind: film or still.
        name: of the file; quality is of lossy stills alone.
    """
    if kind is Kind.STILL and not name.lower().endswith(_LOSSY_STILLS):
        return _OF_LOSSLESS_STILLS
    return _OF_KIND[kind]


def option_of(setting: str) -> str:
    """The option of a setting, such as "--working-size"."""
    return _OPTIONS.get(setting, f"--{setting.replace('_', '-')}")


def difference(setting: str, was: object, wanted: object) -> str:
    """A difference in words: "with --saturation 1.0, not 1.2" or "without --salvage"."""
    option = option_of(setting)
    if setting == "color_memory":  # an option takes it away
        was, wanted = not was, not wanted
    if _is_unset(was):
        return f"without {option}" + (f", not with {wanted}" if wanted is not True else "")
    if _is_unset(wanted):
        return f"with {option}" + (f" {was}, not without" if was is not True else "")
    return f"with {option} {was}, not {wanted}"


def _is_unset(value: object) -> bool:
    return value is None or value is False or value == ""


def _same(setting: str, was: object, wanted: object) -> bool:
    if setting == "framemd5":  # one more file does no harm
        return bool(was) or not wanted
    if setting in ("device", "backend", "precision"):
        was, wanted = str(was).split(":")[0], str(wanted).split(":")[0]  # cuda:0 is as cuda:1
        return was == wanted or "auto" in (was, wanted)
    automatic = {"color_every": str(Settings().key_distance), "codec": "h264"}.get(setting)
    if automatic is not None:
        return (automatic if was == "auto" else was) == (automatic if wanted == "auto" else wanted)
    return was == wanted
