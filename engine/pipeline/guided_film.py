"""A film's exemplars, made and stored before its frames are coloured."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from kinemacolor.engine.backends.base import Network
from kinemacolor.engine.guidance.exemplars import exemplar_files
from kinemacolor.engine.guidance.exemplars.earlier import EarlierExemplars
from kinemacolor.engine.guidance.exemplars.exemplar import FilmExemplars
from kinemacolor.engine.guidance.exemplars.exemplar_facts import ExemplarFacts
from kinemacolor.engine.guidance.guide_file.film_guide import FilmGuide
from kinemacolor.engine.guidance.guide_file.resolve import resolve, resolve_film
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.media.video.index import FilmIndex
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.memory_budget import check_memory
from kinemacolor.engine.motion.shots import shot_starts
from kinemacolor.engine.pipeline.film_exemplars import build_exemplars, exemplars_of
from kinemacolor.engine.pipeline.film_memory import exemplars_memory
from kinemacolor.engine.pipeline.film_stages import working_shape_of
from kinemacolor.engine.pipeline.given_back import NO_EFFECT, covers
from kinemacolor.engine.pipeline.seen_frames import SeenFrames
from kinemacolor.engine.settings import Settings


def is_guided(guide: str, settings: Settings) -> bool:
    """Whether a film's frames take colours from exemplars."""
    return bool(guide) or settings.color_memory


def make_exemplars(
    source: Path,
    index: FilmIndex,
    guide: str,
    folder: Path,
    network: Network,
    encoder: Encoder,
    settings: Settings,
    on_frame: Callable[[], None] = lambda: None,
    earlier: EarlierExemplars | None = None,
    seen: SeenFrames | None = None,
) -> ExemplarFacts:
    """Find what the frames of each of a film's shots take their colours from, and store it.

    Args:
        source: the film.
        index: of it.
        guide: what a person said of it, as an asset has it; empty where nothing.
        folder: appears whole, and takes the place of an older one.
        network: colours single frames.
        encoder: finds what is alike.
        settings: of which the working size and colour memory count.
        on_frame: called after each frame that was looked at.
        earlier: exemplars of this film, coloured in this way, by earlier versions of the guide:
            what is the same is not made again.
        seen: frames that indexing has kept; they are not read again.

    Raises:
        KinemacolorError: the guide does not fit the film.
        MediaError: the film or a picture cannot be read, they need more memory than allowed, or
            the exemplars not be written.
    """
    resolved = resolve_film(guide, probe(source), index)
    needed = exemplars_memory(working_shape_of(source, settings), index.stop, resolved)
    check_memory(source, needed, settings)
    earlier = earlier or EarlierExemplars()
    exemplars = build_exemplars(
        source, index, resolved, network, encoder, settings, on_frame, earlier, seen
    )
    exemplar_files.write(exemplars, folder, earlier.lend)
    facts = ExemplarFacts.of(exemplars, resolved)
    notes = facts.notes + _without_effect(resolved, index, settings)
    # What is alike, the encoder says: colours depend on its weights, too.
    digests = (hashlib.sha256(f"{encoder.digest} {own}".encode()) for own in facts.digests)
    return replace(facts, digests=tuple(digest.hexdigest() for digest in digests), notes=notes)


def _without_effect(guide: FilmGuide, index: FilmIndex, settings: Settings) -> tuple[str, ...]:
    """What is said of shots that are in colour already, and keep their colours."""
    if settings.on_color != "keep":
        return ()
    if covers(index.in_color, *index.wanted):
        return () if guide.is_empty else (NO_EFFECT,)
    said = {wish.shot for wish in guide.wishes}
    frames = [point.frame for point in guide.points] + [key.frame for key in guide.key_frames]
    said |= set(map(guide.shot_of, frames))
    ends = (*guide.shots[1:], index.stop)
    kept = [shot for shot in said if covers(index.in_color, guide.shots[shot], ends[shot])]
    return tuple(
        f"what was said of shot {shot} has no effect: it is in colour already"
        for shot in sorted(kept)
    )


def exemplars_in_memory(
    lightness: Sequence[np.ndarray],
    guide: str,
    size: tuple[int, int],
    network: Network,
    encoder: Encoder,
    settings: Settings,
) -> FilmExemplars:
    """What frames in memory take their colours from.

    Args:
        lightness: (h, w) float32 L* of every frame, in order.
        guide: what a person said of them, as an asset has it.
        size: (width, height) of the frames in pixels.
        network, encoder, settings: as of `make_exemplars`.

    Raises:
        KinemacolorError: the guide does not fit the frames.
        MediaError: a picture cannot be read.
    """
    count = len(lightness)
    numbers = list(map(float, range(count)))  # frames in memory have no times
    resolved = resolve(guide, "guide", size, numbers, shot_starts(lightness), (0, count))
    return exemplars_of(lightness, resolved, network, encoder, settings)
