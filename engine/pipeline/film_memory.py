"""How much memory it takes to colour a film, by the size of its frames, and to find its exemplars.

Colouring takes the same however long a film is. Exemplars are found all at once.
"""

from __future__ import annotations

from kinemacolor.engine.guidance.guide_file.film_guide import FilmGuide
from kinemacolor.engine.guidance.matching.likeness import look_shape
from kinemacolor.engine.media.video.output_spec import OutputSpec
from kinemacolor.engine.media.video.pixel_formats import describe
from kinemacolor.engine.media.video.probe import VideoInfo
from kinemacolor.engine.motion.tracks import TRACK_REACH
from kinemacolor.engine.pipeline.sample_places import sample_places

# Measured: frames that the stages hold between decoder and encoder, each with its luma once more,
# and frames that an encoder keeps to look ahead.
_IN_STAGES, _LOOKED_AHEAD = 115, 45
_LOOKING_AHEAD = ("h264", "hevc", "av1")
# Bytes for a pixel: of a look L*, ab, and ab that agrees; of a frame that was given L*, ab, and an
# exemplar of these and of what is known.
_OF_LOOK, _OF_GIVEN = 20, 28


def film_memory(info: VideoInfo, spec: OutputSpec, *, guided: bool = False) -> int:
    """Bytes that a film's frames take, however long it is.

    Args:
        info: of the film.
        spec: of its result.
        guided: frames may wait for a given one that they have tracks to.
    """
    luma, frame = _bytes(info, info.pix_fmt)
    _, encoded = _bytes(info, spec.pix_fmt)
    ahead = _LOOKED_AHEAD * encoded if spec.codec in _LOOKING_AHEAD else 0
    held = _IN_STAGES + (TRACK_REACH if guided else 0)
    return held * (frame + luma) + ahead


def _bytes(info: VideoInfo, pix_fmt: str) -> tuple[int, int]:
    """What the luma plane, and all planes, of a film's frame take in a pixel format."""
    pixel_format = describe(pix_fmt)
    luma = info.width * info.height * (1 if pixel_format.depth == 8 else 2)
    across, down = pixel_format.log2_chroma
    return luma, luma + 2 * (luma >> across + down) + luma * pixel_format.alpha


def exemplars_memory(shape: tuple[int, int], stop: int, guide: FilmGuide) -> int:
    """Bytes that finding a film's exemplars takes, at the most.

    Args:
        shape: (rows, columns) of the working size.
        stop: the number behind the film's last frame.
        guide: what a person said of the film.
    """
    places = sample_places(guide.shots, stop)
    rows, columns = look_shape(shape)
    models = {wish.like for wish in guide.wishes if wish.like is not None}
    given = {key.frame for key in guide.key_frames} | {point.frame for point in guide.points}
    given |= {number for shot in models for number in places[shot]}
    looks = rows * columns * _OF_LOOK * sum(map(len, places))
    pictures = len(guide.references) + len(guide.candidates)
    return looks + shape[0] * shape[1] * _OF_GIVEN * (len(given) + pictures)
