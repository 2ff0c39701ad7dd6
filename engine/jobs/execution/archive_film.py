"""What is to be made of a film that is a member of an archive."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kinemacolor.engine.jobs.planning.assets import film_name
from kinemacolor.engine.settings import Settings


@dataclass(frozen=True)
class FilmPlan:
    """What is known of a film's result before the work.

    Args:
        name: of the member that is made of it.
        frames: as its container tells; 0 where it does not.
        notes: what its owner should know.
    """

    name: str
    frames: int
    notes: tuple[str, ...]


def plan_film(
    member: str, source: Path, names: Container[str], settings: Settings
) -> FilmPlan | None:
    """Look at a film; None where it has been coloured by this program already.

    Args:
        member: the film's name in its archive.
        source: its content, as a file.
        names: that are taken in the result.
        settings: the job's.

    Raises:
        MediaError: it cannot be read.
        SettingsError: the codec or container asked for cannot hold it.
    """
    from kinemacolor.engine.media.video.probe import probe  # the codecs load slowly
    from kinemacolor.engine.media.video.provenance_tag import tag_of_film
    from kinemacolor.engine.pipeline.excerpt import expected_frames
    from kinemacolor.engine.pipeline.output_choice import choose_container, choose_output

    if tag_of_film(source):
        return None
    info = probe(source)
    spec = choose_output(info, settings)
    name, notes = film_name(member, choose_container(info, spec, settings), settings)
    if name != member and name in names:
        name = member + PurePosixPath(name).suffix
    frames = expected_frames(info, settings) or 0
    return FilmPlan(name, frames, (*info.notes, *spec.notes, *notes))
