"""What a person said of a preview's films and stills: the very guides that a job would find."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kinemacolor.engine.guidance.guide_file.request import GuideRequest
from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.guides import Guides
from kinemacolor.engine.preview.subjects import Found
from kinemacolor.engine.settings import Settings


def with_guides(sources: list[Found], request: GuideRequest, settings: Settings) -> list[Found]:
    """The sources, their subjects with what was said of them; a wrong guide is a problem.

    Args:
        sources: looked through.
        request: what was given with the preview.
        settings: of it.

    Raises:
        SettingsError: what was given is wrong.
    """
    guides = Guides(request, [source.scan for source in sources], settings)
    for source in sources:
        guided: dict[Path, Asset] = {}
        for item in source.scan.found:
            if item.kind is None or item.is_colored or item.problem:
                continue
            asset = guides.applied(Asset(item.path, item.path, item.kind, item.size), item)
            if asset.problem:
                source.problems.append(f"{item.path}: {asset.problem}")
                source.subjects = [one for one in source.subjects if one.file != item.path]
            elif asset.guide:
                guided[item.path] = asset
        if guided:
            from kinemacolor.engine.guidance.guide_file.guide import member_text

            for index, subject in enumerate(source.subjects):
                if said := guided.get(subject.file):
                    text, origins = said.guide, said.origins
                    if subject.member is not None:
                        text = member_text(text, subject.member.name)
                        origins = origins and origins.of_member(subject.member.name)
                    source.subjects[index] = replace(subject, guide=text, origins=origins)
    guides.check_all_used()
    return sources
