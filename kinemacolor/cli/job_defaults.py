"""Defaults of a job's options that come from --for and from a settings file.

An option that is given wins over the settings file, that over --for, and that over the option's
own default. Click looks for a default in the `default_map` of a command's context first, which is
filled here; so it takes a look at the command line before Click does.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kinemacolor._settings_file import SettingsFile, read_settings_file
from kinemacolor.cli.console import Console
from kinemacolor.engine.jobs.planning.scan import SETTINGS_FILE
from kinemacolor.engine.settings import settings_for
from kinemacolor.models.errors import SettingsError

REPORT = "kinemacolor-report.json"
_EXCERPT = {"frames", "from_time", "to_time"}
# Where an option is given, defaults that go with another value of it mean nothing.
_OVERRULED = dict.fromkeys(_EXCERPT, _EXCERPT) | {"codec": {"quality", "preset"}}


def job_defaults(command: Any, ctx: Any, args: Sequence[str]) -> dict[str, Any]:
    """Defaults by the names of the command's parameters; none for a command without --config.

    Args:
        command: Click's.
        ctx: of the command.
        args: its command line.

    Raises:
        SettingsError: a settings file or --for is not possible, or several files are found.
    """
    names = {param.name for param in command.params}
    if ctx.resilient_parsing or "settings_file" not in names or {"-h", "--help"} & {*args}:
        return {}
    given = command.make_parser(ctx).parse_args(list(args))[0]
    given = {name: value for name, value in given.items() if name in names and value}
    file = _file(given)
    if file and not given.keys() & {"quiet", "machine"}:
        Console().message(f"Settings from {file.path}")
    purpose = given.get("purpose") or (file.purpose if file else "")
    defaults = _for(purpose) if purpose else {}
    for explicit in (file.values if file else {}, given):
        overruled = set().union(*(_OVERRULED.get(name, ()) for name in explicit))
        defaults = {name: value for name, value in defaults.items() if name not in overruled}
        if explicit is not given:
            defaults |= explicit
    report = file.report if file else ""
    if "report" in names and given.get("out") and (report or purpose == "archive"):
        defaults["report"] = [str(_report_path(report, given))]
    return defaults


def _file(given: dict[str, Any]) -> SettingsFile | None:
    """The settings file that --config names, or that lies beside the sources."""
    if "settings_file" in given:
        return read_settings_file(Path(given["settings_file"]))
    sources = map(Path, given.get("sources", ()))
    places = [(path, path.parent) for path in sources]  # in a folder, else beside it
    files = [next(filter(Path.is_file, (p / SETTINGS_FILE for p in both)), None) for both in places]
    found = {file.resolve(): file for file in files if file}
    if len(found) > 1:
        listed = " and ".join(map(str, found.values()))
        raise SettingsError(
            listed, "are beside the sources", "name the one that counts by --config"
        )
    return read_settings_file(*found.values()) if found else None


def _for(purpose: str) -> dict[str, Any]:
    try:
        return settings_for(purpose)
    except SettingsError as error:
        raise SettingsError("--for", error.problem, error.remedy) from None


def _report_path(name: str, given: dict[str, Any]) -> Path:
    """Where the report goes: among the results, or beside a single one."""
    from kinemacolor.engine.jobs.planning.targets import is_file_name

    out, sources = Path(given["out"]), given.get("sources", ())
    if len(sources) == 1 and not Path(sources[0]).is_dir() and is_file_name(given["out"]):
        return out.with_name(name or f"{out.name}.{REPORT}")
    first = Path(sources[0]).absolute().name if sources else ""  # of several jobs in one folder
    return out / (name or f"{first}.{REPORT}")
