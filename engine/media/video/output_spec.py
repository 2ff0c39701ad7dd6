"""How a coloured film is encoded: what writers need to know besides the source's facts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kinemacolor.engine.media.video.codecs import encoder_options
from kinemacolor.engine.media.video.color_tags import FULL, LIMITED, ColorTags, completed
from kinemacolor.engine.media.video.pixel_formats import describe
from kinemacolor.engine.media.video.probe import VideoInfo
from kinemacolor.models.color.encoding import YCbCrEncoding


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

    def encoding(self, info: VideoInfo) -> YCbCrEncoding:
        """What its planes are made for: as the source is read, in its own depth and range.

        DNxHR also has a matrix of its own: decoders take its headers at their word, which FFmpeg's
        encoder leaves at BT.709.
        """
        return replace(
            info.encoding,
            matrix="bt709" if self.codec == "dnxhr" else info.encoding.matrix,
            full_range=info.encoding.full_range and not self.scales_range(info),
            depth=describe(self.pix_fmt).depth,
        )

    def scales_range(self, info: VideoInfo) -> bool:
        """Whether the film's full-range codes become limited-range ones."""
        return info.encoding.full_range and self.tags.range == LIMITED

    def container_tags(self, info: VideoInfo, muxer: str) -> ColorTags:
        """The tags that a container is given: MP4 and QuickTime state all four or none.

        The other codecs state them in each frame's headers.
        """
        if muxer == "matroska" or self.codec not in ("ffv1", "prores") or self.tags == ColorTags():
            return self.tags
        return completed(self.tags, replace(info.encoding, full_range=self.tags.range == FULL))

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
