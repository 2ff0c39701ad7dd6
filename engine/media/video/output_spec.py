"""How a coloured film is encoded: what writers need to know besides the source's facts."""

from __future__ import annotations

from dataclasses import dataclass

from kinemacolor.engine.media.video.codecs import encoder_options
from kinemacolor.engine.media.video.color_tags import ColorTags
from kinemacolor.engine.media.video.pixel_formats import describe
from kinemacolor.engine.media.video.probe import VideoInfo


@dataclass(frozen=True, kw_only=True)
class OutputSpec:
    """The video stream that is made of a film.

    Args:
        codec: a key of `encoders.ENCODERS`.
        pix_fmt: planar Y'CbCr, the source's own where the codec has it.
        chroma_shape: (rows, columns) of the Cb and Cr planes.
        tags: its colour tags.
        quality: constant-quality number on the encoder's scale; None is the encoder's default.
        preset: the encoder's speed preset; None is the encoder's default.
        notes: what the codec cannot keep of the source, one line each.
    """

    codec: str
    pix_fmt: str
    chroma_shape: tuple[int, int]
    tags: ColorTags
    quality: float | None = None
    preset: str | None = None
    notes: tuple[str, ...] = ()

    def encoder_options(self, info: VideoInfo) -> dict[str, str]:
        """The FFmpeg options that the encoder is opened with.

        Args:
            info: of the source.

        Raises:
            SettingsError: --quality or --preset is not one of the encoder's.
        """
        return encoder_options(
            self.codec,
            describe(self.pix_fmt),
            (info.width, info.height),
            quality=self.quality,
            preset=self.preset,
        )
