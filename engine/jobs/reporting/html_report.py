"""A job's report as one page for people: nothing from outside, no script, ready to be printed."""

from __future__ import annotations

import base64
import html
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from kinemacolor.engine.jobs.formatting import (
    format_bytes,
    format_counts,
    format_duration,
    printable,
)
from kinemacolor.engine.jobs.reporting.events import STAGES, Outcome, State
from kinemacolor.engine.jobs.reporting.html_style import STYLE
from kinemacolor.engine.jobs.reporting.job_facts import JobFacts
from kinemacolor.engine.jobs.reporting.thumbnails import Pair, Place, has_pictures, thumbnails
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.media.provenance.tag import NOTE

PICTURED = 200  # files and members that get thumbnails, at most
_STATUS = {
    State.DONE: ("coloured", "good"),
    State.CARRIED: ("carried over", "soft"),
    State.SKIPPED: ("skipped", "soft"),
    State.FAILED: ("failed", "bad"),
}
_STAGES = dict(zip(STAGES, ("index", "colour", "assembly"), strict=True))
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_SHORT = 24  # letters of a setting that stands beside others
_EMPTY = Pair(None, None)


def write_html(file: TextIO, facts: JobFacts, outcomes: Sequence[Outcome]) -> None:
    """Write the page: failures first, then what there is something to say of, then the rest.

    Args:
        file: opened for writing.
        facts: of the job as a whole.
        outcomes: a row each.
    """
    failed = [outcome for outcome in outcomes if outcome.state is State.FAILED]
    noted = [outcome for outcome in outcomes if _is_noted(outcome)]
    rest = [o for o in outcomes if o.state is not State.FAILED and not _is_noted(o)]
    shown = [o for o in (*failed, *noted, *rest) if has_pictures(o)]
    pairs: dict[Place, Pair] = {}
    if facts.plan and not facts.stopped:  # who stops a job does not wait for pictures
        pairs = thumbnails(shown[:PICTURED], outcomes, facts.plan.settings)
    file.write(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Kinemacolor: {len(outcomes):,} files</title>\n<style>{STYLE}</style></head>\n"
        "<body>\n"
    )
    _head(file, facts, outcomes)
    _facts(file, facts)
    if len(shown) > PICTURED and pairs:
        more = len(shown) - PICTURED
        file.write(
            f'<p class="soft">Pictures are shown of the first {PICTURED} files; '
            f"{more:,} more have none on this page.</p>\n"
        )
    for title, some in (("Failed", failed), ("With notes", noted), ("All other files", rest)):
        if some:
            _table(file, f"{title} ({len(some):,})", some, pairs)
    file.write("</body></html>\n")


def _is_noted(outcome: Outcome) -> bool:
    return outcome.state is not State.FAILED and bool(outcome.notes or outcome.reason)


def _head(file: TextIO, facts: JobFacts, outcomes: Sequence[Outcome]) -> None:
    counts: dict[State, Counter[Kind]] = {state: Counter() for state in State}
    for outcome in outcomes:
        counts[outcome.state][outcome.kind] += 1
    began, ended = (f"{at:%Y-%m-%d %H:%M:%S %z}" for at in (facts.started_at, facts.ended_at))
    file.write("<h1>Kinemacolor report</h1>\n")
    file.write(f'<p class="soft">{escape(began)} to {escape(ended)}</p>\n')
    file.write(f"<p>{escape(NOTE)}</p>\n")
    if facts.stopped:
        left = f"{facts.stopped} before its end: {facts.unreached:,} files were not done."
        file.write(f'<p class="bad">{escape(left)}</p>\n')
    totals = {
        "Coloured": format_counts(counts[State.DONE]) or "nothing",
        "Failed": f"{counts[State.FAILED].total():,}",
        "Carried over": f"{counts[State.CARRIED].total():,}",
        "Skipped": f"{counts[State.SKIPPED].total():,}",
        "Frames": f"{facts.frames:,}",
        "Time": format_duration(facts.seconds),
    }
    if facts.frames:
        totals["Rate"] = f"{facts.fps:,.1f} frames a second"
    before, after = (
        sum(getattr(o, side) or 0 for o in outcomes if o.state is State.DONE and o.member is None)
        for side in ("bytes_in", "bytes_out")
    )
    if after:
        totals["Size"] = f"{format_bytes(before)} → {format_bytes(after)}"
    if facts.peak_memory:
        totals["Peak memory"] = format_bytes(facts.peak_memory)
    file.write('<dl class="totals">\n')
    for name, value in totals.items():
        kind = ' class="bad"' if name == "Failed" and value != "0" else ""
        file.write(f"<div><dt>{name}</dt><dd{kind}>{escape(value)}</dd></div>\n")
    file.write("</dl>\n")


def _facts(file: TextIO, facts: JobFacts) -> None:
    job: dict[str, object] = {}
    if facts.plan:
        job = {"sources": ", ".join(map(str, facts.plan.sources)), "out": facts.plan.asked}
    machine = dict(facts.machine)
    if isinstance(machine.get("memory"), int):
        machine["memory"] = format_bytes(machine["memory"])
    sections: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("Sources and settings", job | facts.settings),
        ("Machine and software", machine | facts.versions),
    )
    for title, section in sections:
        file.write(f'<details open><summary>{title}</summary><dl class="facts">\n')
        for name, value in section.items():
            said = "" if value is None else str(value)
            wide = ' class="wide"' if len(said) > _SHORT else ""
            file.write(f"<div{wide}><dt>{escape(name)}</dt><dd>{escape(said) or '–'}</dd></div>\n")
        file.write("</dl></details>\n")


def _table(
    file: TextIO, title: str, outcomes: Iterable[Outcome], pairs: Mapping[Place, Pair]
) -> None:
    outcomes = list(outcomes)
    pictured = any(
        pair.before or pair.after
        for pair in (pairs.get((o.asset, o.member), _EMPTY) for o in outcomes)
    )
    columns = '<th scope="col">Before</th><th scope="col">After</th>' if pictured else ""
    file.write(
        f'<h2>{escape(title)}</h2>\n<table><thead><tr><th scope="col">Status</th>{columns}'
        '<th scope="col">File</th><th scope="col" class="number">Frames</th>'
        '<th scope="col" class="number">Time</th><th scope="col" class="number">Size</th>'
        "</tr></thead><tbody>\n"
    )
    for outcome in outcomes:
        pair = pairs.get((outcome.asset, outcome.member), _EMPTY) if pictured else None
        file.write(_row(outcome, pair))
    file.write("</tbody></table>\n")


def _row(outcome: Outcome, pair: Pair | None) -> str:
    word, kind = _STATUS[outcome.state]
    cells = [f'<td class="status {kind}">{word}</td>']
    if pair is not None:
        cells += [
            f'<td class="picture">{_image(data, side)}</td>'
            for data, side in ((pair.before, "before"), (pair.after, "after"))
        ]
    cells += [
        f'<td class="file">{_file(outcome)}</td>',
        f'<td class="number">{f"{outcome.frames:,}" if outcome.frames else ""}</td>',
        f'<td class="number">{_time(outcome)}</td>',
        f'<td class="number">{_size(outcome)}</td>',
    ]
    return f"<tr>{''.join(cells)}</tr>\n"


def _file(outcome: Outcome) -> str:
    """Names, remarks and hashes of a file."""
    parts = [f"<div><bdi>{escape(outcome.name)}</bdi></div>"]
    if outcome.reason:
        kind = "bad" if outcome.state is State.FAILED else "note"
        parts.append(f'<div class="{kind}">{escape(outcome.reason)}</div>')
    parts += [f'<div class="note">{escape(note)}</div>' for note in outcome.notes]
    if outcome.target and outcome.target not in (outcome.asset, outcome.member):
        parts.append(f'<div class="small">→ <bdi>{escape(outcome.target)}</bdi></div>')
    parts += [f'<div class="small">{escape(shot.text())}</div>' for shot in outcome.shots]
    if outcome.lightness_error_mean is not None and outcome.lightness_error_max is not None:
        mean, largest = outcome.lightness_error_mean, outcome.lightness_error_max
        parts.append(f'<div class="small">L* off by {mean:.2f}, at most {largest:.2f}</div>')
    elif outcome.kind is Kind.FILM and outcome.state is State.DONE:
        parts.append('<div class="small">luma handed to the encoder unchanged</div>')
    hashes = (
        ("source", outcome.sha256_in),
        ("result", outcome.sha256_out),
        ("guide", outcome.guide),
    )
    parts += [
        f'<div class="small">SHA-256 of the {side} <code>{escape(digest)}</code></div>'
        for side, digest in hashes
        if digest
    ]
    return "".join(parts)


def _time(outcome: Outcome) -> str:
    if outcome.seconds is None:
        return ""
    lines = [format_duration(outcome.seconds)]
    lines += [f"{_STAGES[name]} {format_duration(took)}" for name, took in outcome.stages.items()]
    lines += [f"{outcome.fps:,.1f} a second"] if outcome.fps else []
    first, *others = map(escape, lines)
    return first + "".join(f'<div class="small">{line}</div>' for line in others)


def _size(outcome: Outcome) -> str:
    sizes = [
        format_bytes(size) for size in (outcome.bytes_in, outcome.bytes_out) if size is not None
    ]
    return escape(" → ".join(sizes))


def _image(data: bytes | None, side: str) -> str:
    if data is None:
        return ""
    return f'<img alt="{side}" src="data:image/jpeg;base64,{base64.b64encode(data).decode()}">'


def escape(text: str) -> str:
    """Text for HTML; control characters, which file names may hold, are shown as escapes."""
    return html.escape(printable(text))
