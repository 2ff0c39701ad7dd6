"""A preview as an HTML page that needs no other file."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from kinemacolor.engine.files import atomic_write
from kinemacolor.engine.jobs.formatting import printable
from kinemacolor.engine.preview.layout import Cell, Section
from kinemacolor.engine.preview.sheet import LEAST_SURE, LEGEND

_STYLE = """
:root { color-scheme: dark }
* { box-sizing: border-box }
body { margin: 0; padding: 3rem; background: #1e1e1e; color: #ebebeb;
       font: 15px/1.5 system-ui, "Helvetica Neue", Arial, sans-serif }
main { max-width: 1600px; margin: auto }
h1 { margin: 0 0 1rem; font-size: 1.7rem; font-weight: 500; overflow-wrap: anywhere }
h1 small { margin-left: 1rem; font-size: 1rem; font-weight: 400; color: #969696;
           white-space: pre-wrap }
section { margin-bottom: 3rem }
.cells { display: flex; flex-wrap: wrap; gap: 1.75rem 2rem }
.cells::after { content: ""; flex: 100 1 0 }  /* keeps the last row as high as the others */
figure { margin: 0; flex: var(--aspect) 1 calc(var(--aspect) * 200px);
         max-width: calc(var(--aspect) * 480px) }
.pictures { display: flex; gap: 6px }
.pictures div { flex: var(--aspect); min-width: 0 }
img { display: block; width: 100%; height: auto }
.pictures small, footer { color: #969696 }
figcaption { overflow-wrap: anywhere }
figcaption span { margin-left: .75rem; color: #969696 }
meter { -webkit-appearance: none; appearance: none; display: block; width: 46px; height: 5px;
        margin: 6px 0 0 auto; border: 0; border-radius: 0; background: #464646 }
meter::-webkit-meter-bar { border: 0; border-radius: 0; height: 5px; background: #464646 }
meter::-webkit-meter-optimum-value { background: #969696 }
meter::-moz-meter-bar { background: #969696 }
.legend { display: flex; gap: .6rem; align-items: center; justify-content: flex-end;
          margin: 0; color: #969696 }
.legend meter { margin: 0 }
"""


def write_page(sections: Sequence[Section], footer: Sequence[str], target: Path) -> None:
    """Write the page; the file appears whole or not at all.

    Args:
        sections: with a cell at least in all.
        footer: lines at the end.
        target: replaced where it is there.

    Raises:
        OSError: it cannot be written.
    """
    body = "".join(map(_section, sections))
    marked = any(mark is not None for s in sections for cell in s.cells for mark in cell.marks)
    legend = f'<p class="legend">{_meter(LEAST_SURE / 2)}{LEGEND}</p>' if marked else ""
    lines = "<br>".join(map(_escape, footer))
    title = _escape(", ".join(section.heading for section in sections))
    page = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{_STYLE}</style></head>\n<body><main>{legend}{body}"
        f"<footer>{lines}</footer></main></body></html>\n"
    )
    with atomic_write(target) as part:
        part.write_text(page, encoding="utf-8", errors="replace")


def _section(section: Section) -> str:
    cells = "".join(map(_cell, section.cells))
    return (
        f"<section><h1>{_escape(section.heading)}<small>{_escape(section.facts)}</small>"
        f'</h1>\n<div class="cells">{cells}</div></section>\n'
    )


def _cell(cell: Cell) -> str:
    pictures = "".join(
        f'<div style="--aspect: {_aspect(picture):.4f}"><small>{_escape(label)}</small>'
        f'<img src="{_data(picture)}" alt="{_escape(f"{cell.title}, {label}")}">'
        f"{'' if mark is None else _meter(mark)}</div>"
        for picture, label, mark in zip(cell.pictures, cell.labels, cell.marks, strict=True)
    )
    caption = f"{_escape(cell.title)}<span>{_escape(cell.detail)}</span>"
    return (
        f'<figure style="--aspect: {cell.aspect:.4f}"><div class="pictures">{pictures}</div>'
        f"<figcaption>{caption}</figcaption></figure>\n"
    )


def _aspect(picture: np.ndarray) -> float:
    return float(picture.shape[1] / picture.shape[0])


def _meter(error: float) -> str:
    title = f"expected error {error:.0f} in LAB units"
    return f'<meter max="{LEAST_SURE:.0f}" value="{error:.1f}" title="{title}"></meter>'


def _data(picture: np.ndarray) -> str:
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "JPEG", quality=90)
    return f"data:image/jpeg;base64,{base64.b64encode(content.getvalue()).decode()}"


def _escape(text: str) -> str:
    """Text for HTML; control characters, which file names may hold, are shown as escapes."""
    return html.escape(printable(text))
