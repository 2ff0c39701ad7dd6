"""The style sheet of the report page: light, dark and printed, without anything from outside."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1c1b19; --soft: #66625b; --paper: #fbfaf7;
  --card: #fff; --line: #dcd8cf; --bad: #a3231b; --note: #8a5a00; --good: #2c6b3f; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eceae5; --soft: #a8a39a; --paper: #191817; --card: #232220; --line: #3b3936;
    --bad: #ff9185; --note: #efbd62; --good: #86cf9c; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 82rem; padding: 1.5rem; color: var(--ink);
  background: var(--paper); font: 15px/1.45 system-ui, "Segoe UI", sans-serif; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .6rem; }
p { margin: .3rem 0; }
.soft { color: var(--soft); }
.bad { color: var(--bad); } .note { color: var(--note); } .good { color: var(--good); }
.totals { display: flex; flex-wrap: wrap; gap: .7rem; margin: 1.2rem 0; padding: 0; }
.totals div { background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: .5rem .9rem; }
.totals dt { color: var(--soft); font-size: .85rem; }
.totals dd { margin: 0; font-size: 1.1rem; font-variant-numeric: tabular-nums; }
details { margin: .4rem 0; } summary { cursor: pointer; color: var(--soft); }
dl.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr));
  gap: .1rem 1.5rem; margin: .4rem 0; font-size: .9rem; }
dl.facts div { display: flex; gap: .6rem; } dl.facts div.wide { grid-column: 1 / -1; }
dl.facts dt { color: var(--soft); } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; background: var(--card); }
th, td { padding: .5rem .6rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 600; font-size: .85rem; white-space: nowrap; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
th.number { text-align: right; }
td.picture { width: 11rem; } td.picture img { display: block; width: 10rem; height: auto; }
td.file { min-width: 16rem; overflow-wrap: anywhere; }
td.status { white-space: nowrap; font-weight: 600; }
.small { font-size: .82rem; color: var(--soft); overflow-wrap: anywhere; }
code { font: .92em ui-monospace, Consolas, monospace; overflow-wrap: anywhere; }
@media print {
  :root { --ink: #000; --soft: #444; --paper: #fff; --card: #fff; --line: #bbb; --bad: #8b0000;
    --note: #6b4500; --good: #1d4d2c; }
  body { max-width: none; padding: 0; font-size: 9.5pt; }
  thead { display: table-header-group; } tr { break-inside: avoid; }
  td.picture { width: 7rem; } td.picture img { width: 6.4rem; }
  td.file { min-width: 9rem; } .totals dd { font-size: 1rem; }
  details > summary { list-style: none; }
}
"""
