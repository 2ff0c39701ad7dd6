"""A video's colour tags (ITU-T H.273): as stated, and what is assumed where they are silent."""

from __future__ import annotations

from dataclasses import dataclass

import av
from av.video.codeccontext import VideoCodecContext

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.frame_samples import can_be_read
from kinemacolor.engine.media.video.pixel_formats import ColorModel, PixelFormat
from kinemacolor.models.color.encoding import YCbCrEncoding

UNSPECIFIED = 2  # of matrix, primaries and transfer
LIMITED, FULL = 1, 2
BT709 = 1
# 4 (FCC) and 7 (SMPTE 240M) are within a code or two of BT.601 and BT.709.
_MATRICES = {1: "bt709", 4: "bt601", 5: "bt601", 6: "bt601", 7: "bt709", 9: "bt2020", 10: "bt2020"}
_PRIMARIES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 7: "smpte170m", 9: "bt2020"}
# Two planes that are not Cb and Cr: writing those into them would give false colours.
_OTHER_SPACES = {8: "YCgCo", 11: "YDzDx", 14: "ICtCp", 15: "IPT-C2", 16: "YCgCo-Re", 17: "YCgCo-Ro"}
_MATRIX_CODES = {"bt709": 1, "bt601": 6, "bt2020": 9}
_PRIMARIES_CODES = {"bt709": 1, "bt470bg": 5, "smpte170m": 6, "bt2020": 9}
_SMPTE2084, _HLG = 16, 18
SD_LINES = 576


@dataclass(frozen=True)
class ColorTags:
    """The four colour tags of a stream or frame, as FFmpeg numbers them.

    Args:
        range: 0 (unspecified), 1 (limited) or 2 (full).
        matrix, primaries, transfer: the code points of H.273; 2 where unspecified.
    """

    range: int = 0
    matrix: int = UNSPECIFIED
    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED

    @classmethod
    def of(cls, tagged: av.VideoFrame) -> ColorTags:
        """The tags of a decoded frame."""
        return cls(tagged.color_range, tagged.colorspace, tagged.color_primaries, tagged.color_trc)

    def put_on(self, tagged: av.VideoFrame | VideoCodecContext) -> None:
        """Set the tags of a frame or of an encoder."""
        tagged.color_range, tagged.colorspace = self.range, self.matrix
        tagged.color_primaries, tagged.color_trc = self.primaries, self.transfer


def completed(tags: ColorTags, encoding: YCbCrEncoding) -> ColorTags:
    """All four tags, those that are silent by how the planes are read; the curve by BT.709.

    For containers and codecs that can state all of them or none.
    """
    return ColorTags(
        range=FULL if encoding.full_range else LIMITED,
        matrix=tags.matrix if tags.matrix in _MATRICES else _MATRIX_CODES[encoding.matrix],
        primaries=(
            _PRIMARIES_CODES[encoding.primaries]
            if tags.primaries in (0, UNSPECIFIED)
            else tags.primaries
        ),
        transfer=BT709 if tags.transfer in (0, UNSPECIFIED) else tags.transfer,
    )


def resolve(
    source: ColorTags, pixel_format: PixelFormat, height: int, name: object
) -> tuple[YCbCrEncoding, list[str]]:
    """How a source's planes are read, and what a user should know about that.

    Args:
        source: its tags.
        height: of the luma plane, in rows; untagged film is BT.601 up to 576, else BT.709.
        name: what an error calls the source.

    Raises:
        MediaError: the chroma planes are not Cb and Cr, or samples of this format cannot be read.
    """
    if not can_be_read(pixel_format.name):
        raise MediaError(
            name,
            f"its pixel format {pixel_format.name} cannot be read",
            "convert it to one of at most 16 bits, such as gray16le, first",
        )
    tags = output_tags(source, pixel_format)
    if pixel_format.color_model is ColorModel.RGB:
        notes = [f"RGB ({pixel_format.name}) becomes Y'CbCr 4:4:4, BT.709, full range"]
    elif source.matrix in _OTHER_SPACES:
        raise MediaError(
            name,
            f"its colour space {_OTHER_SPACES[source.matrix]} is not Y'CbCr",
            "convert it to Y'CbCr first",
        )
    else:
        notes = _untagged(tags, height)
    if tags.primaries not in _PRIMARIES and tags.primaries not in (0, UNSPECIFIED):
        notes.append(f"colour primaries {tags.primaries} are taken as BT.709's")
    if tags.transfer in (_SMPTE2084, _HLG):
        notes.append("high dynamic range: its luma is read as if it were standard")
    encoding = YCbCrEncoding(
        matrix=_MATRICES.get(tags.matrix, _assumed_matrix(height)),
        primaries=_PRIMARIES.get(tags.primaries, "bt709"),
        full_range=tags.range == FULL,
        depth=pixel_format.depth,
    )
    return encoding, notes


def output_tags(source: ColorTags, pixel_format: PixelFormat) -> ColorTags:
    """The tags of a Y'CbCr output made from a source with these.

    What the source does not say stays unsaid, with two exceptions that its pixel format settles:
    grey and `yuvj` planes are full range, which a Y'CbCr output must state, and RGB becomes
    full-range BT.709 Y'CbCr, which it must state too.
    """
    if pixel_format.color_model is ColorModel.RGB:
        return ColorTags(FULL, BT709, source.primaries, source.transfer)
    # The bitstream's own default of "limited" says nothing about planes of grey codes.
    range_ = FULL if pixel_format.full_range else source.range
    if pixel_format.color_model is ColorModel.GREY and not range_:
        range_ = FULL
    matrix = source.matrix if source.matrix in _MATRICES else UNSPECIFIED
    return ColorTags(range_, matrix, source.primaries, source.transfer)


def _assumed_matrix(height: int) -> str:
    return "bt601" if height <= SD_LINES else "bt709"


def _untagged(tags: ColorTags, height: int) -> list[str]:
    assumed = []
    if tags.matrix not in _MATRICES:
        assumed.append("BT.601 (576 lines or fewer)" if height <= SD_LINES else "BT.709")
    if not tags.range:
        assumed.append("limited range")
    if not assumed:
        return []
    return [f"untagged colour is read as {', '.join(assumed)}; the output stays untagged"]
