"""A film's colour tags (ITU-T H.273): what they say, and what is taken where they are silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.pixel_formats import Kind, PixelFormat
from kinemacolor.models.color.encoding import YCbCrEncoding

UNSPECIFIED = 2  # of matrix, primaries and transfer
LIMITED, FULL = 1, 2
BT709 = 1
# 4 (FCC) and 7 (SMPTE 240M) are within a code or two of BT.601 and BT.709.
_MATRICES = {1: "bt709", 4: "bt601", 5: "bt601", 6: "bt601", 7: "bt709", 9: "bt2020", 10: "bt2020"}
_PRIMARIES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 7: "smpte170m", 9: "bt2020"}
# Two planes that are not Cb and Cr: writing those into them would give false colours.
_OTHER_SPACES = {8: "YCgCo", 11: "YDzDx", 14: "ICtCp", 15: "IPT-C2", 16: "YCgCo-Re", 17: "YCgCo-Ro"}
_SMPTE2084, _HLG = 16, 18
SD_LINES = 576


@dataclass(frozen=True)
class ColorTags:
    """The four numbers as FFmpeg keeps them: range 0 (unspecified), 1 (limited), 2 (full); the
    others by H.273, 2 where unspecified."""

    range: int = 0
    matrix: int = UNSPECIFIED
    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED

    @classmethod
    def of(cls, tagged: Any) -> ColorTags:
        """Those of a PyAV frame or codec context."""
        return cls(tagged.color_range, tagged.colorspace, tagged.color_primaries, tagged.color_trc)

    def put_on(self, tagged: Any) -> None:
        """Set a PyAV frame's or codec context's."""
        tagged.color_range, tagged.colorspace = self.range, self.matrix
        tagged.color_primaries, tagged.color_trc = self.primaries, self.transfer


def resolve(
    source: ColorTags, pixels: PixelFormat, height: int, name: object
) -> tuple[YCbCrEncoding, ColorTags, list[str]]:
    """How the planes are to be read, the tags of the output, and what a user should know.

    What the source does not say stays unsaid in the output, with two exceptions that its pixel
    format settles: grey and `yuvj` planes are full range, which a Y'CbCr output must state, and
    RGB becomes full-range BT.709 Y'CbCr, which it must state too.

    Raises:
        MediaError: the chroma planes are not Cb and Cr.
    """
    if pixels.kind is Kind.RGB:
        tags = ColorTags(FULL, BT709, source.primaries, source.transfer)
        notes = [f"RGB ({pixels.name}) becomes Y'CbCr 4:4:4, BT.709, full range"]
    else:
        if source.matrix in _OTHER_SPACES:
            raise MediaError(
                name,
                f"its colour space {_OTHER_SPACES[source.matrix]} is not Y'CbCr",
                "convert it to Y'CbCr first",
            )
        # The bitstream's own default of "limited" says nothing about planes of grey codes.
        known = FULL if pixels.full_range else source.range
        if pixels.kind is Kind.GREY and not known:
            known = FULL
        matrix = source.matrix if source.matrix in _MATRICES else UNSPECIFIED
        tags = ColorTags(known, matrix, source.primaries, source.transfer)
        notes = _untagged(tags, height)
    if tags.primaries not in _PRIMARIES and tags.primaries not in (0, UNSPECIFIED):
        notes.append(f"colour primaries {tags.primaries} are taken as BT.709's")
    if tags.transfer in (_SMPTE2084, _HLG):
        notes.append("high dynamic range: its luma is read as if it were standard")
    encoding = YCbCrEncoding(
        matrix=_MATRICES.get(tags.matrix, _assumed_matrix(height)),
        primaries=_PRIMARIES.get(tags.primaries, "bt709"),
        full_range=tags.range == FULL,
        depth=pixels.depth,
    )
    return encoding, tags, notes


def _assumed_matrix(height: int) -> str:
    return "bt601" if height <= SD_LINES else "bt709"


def _untagged(tags: ColorTags, height: int) -> list[str]:
    taken = []
    if tags.matrix not in _MATRICES:
        taken.append("BT.601 (576 lines or fewer)" if height <= SD_LINES else "BT.709")
    if not tags.range:
        taken.append("limited range")
    if not taken:
        return []
    return [f"untagged colour is read as {', '.join(taken)}; the output stays untagged"]
