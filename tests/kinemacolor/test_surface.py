"""What all commands have in common: help, version, JSON, exit statuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from kinemacolor._version import __version__
from kinemacolor.cli.main import app, main
from kinemacolor.models.errors import KinemacolorError, SettingsError
from tests.engine.fakes import still
from tests.kinemacolor.program import LIMIT, ROOT, run

COMMANDS = (
    "colorize",
    "preview",
    "shots",
    "plan",
    "bench",
    "status",
    "resume",
    "retry",
    "clean",
    "models",
    "compile",
    "train",
    "evaluate",
    "pack",
)


def told(*words: object) -> str:
    """What a command prints that all is well with."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


def words(text: str) -> str:
    """Text in one line."""
    return " ".join(text.split())


def python(*words: str) -> str:
    """What Python prints in a process of its own."""
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
        timeout=LIMIT,
    ).stdout


class TestHelp:
    def test_commands_are_grouped(self):
        sections = re.split(r"^(\w+):$", told("--help"), flags=re.MULTILINE)
        groups = dict(zip(sections[1::2], sections[2::2], strict=True))
        assert list(groups) == ["Colour", "Jobs", "Networks", "Train", "Options", "Examples"]
        listed = [re.findall(r"^  (\w+) ", text, re.MULTILINE) for text in groups.values()]
        assert tuple(name for names in listed[:-2] for name in names) == COMMANDS

    def test_options_are_grouped(self):
        headings = re.findall(r"^(\S.*):$", told("colorize", "--help"), re.MULTILINE)
        assert headings == [
            "Arguments",
            "Everyday",
            "Colours that are known",
            "Picture",
            "Files",
            "Machine",
            "Ray cluster (needs --ray)",
            "Reporting",
            "Help",
            "Examples",
        ]

    def test_usage_has_the_arguments(self):
        assert "colorize [OPTIONS] SOURCE...\n" in told("colorize", "-h")
        assert "evaluate [OPTIONS] [MODEL]\n" in told("evaluate", "-h")

    @pytest.mark.parametrize("name", COMMANDS)
    @pytest.mark.parametrize("columns", ["80", "200"])
    def test_every_option_has_help_within_80_columns(self, name, columns, monkeypatch):
        monkeypatch.setenv("COLUMNS", columns)
        text = told(name, "-h")
        assert text == told(name, "--help")
        assert max(map(len, text.splitlines())) <= 80 and text.isascii()
        options = re.findall(r"^  (-.*)\n?", text, re.MULTILINE)
        assert options and all(re.search(r"\S  +[A-Z0-9a-z.]", line) for line in options), options

    def test_is_printed_by_the_program(self):
        shown = words(python("-m", "kinemacolor", "shots", "-h"))
        assert shown.removeprefix("Usage: python -m ") in words(told("shots", "--help"))

    def test_without_a_command_is_all_of_the_help(self):
        assert told() == told("--help")

    @pytest.mark.parametrize("name", COMMANDS)
    def test_first_sentences_fit_into_the_list(self, name):
        first = words(told(name, "--help").split("\n\n")[1])
        assert first.endswith(".") and len(first) <= 60
        assert f" {first}\n" in told("--help")

    @pytest.mark.parametrize("name", COMMANDS)
    def test_defaults_and_ranges_are_values(self, name):
        text = words(told(name, "--help"))
        for default in re.findall(r"\[(default: .*?)\]", text):
            assert re.fullmatch(r"default: [^()<>]+", default) and not default.endswith(".0")
        assert "x>=" not in text and "<=x" not in text

    def test_jargon_is_explained(self):
        text = words(told("colorize", "--help"))
        for meaning in (
            "CRF (constant rate factor): 0 to 51",
            "[default: 16 for H.264, 17 for HEVC, 18 for AV1",
            "eager is plain PyTorch",
            "actors, which are processes of Ray",
            "unit at a time: a piece of a film",
            "reduced picture that the network sees",
            "read of damaged films",
            "Strength of the colours, 0 to 3",
        ):
            assert meaning in text

    def test_prose_is_british_and_names_are_american(self):
        for name in COMMANDS:
            words = re.findall(r"[\w-]+", told(name, "--help").lower())
            assert not [w for w in words if re.search("colour(ise|ize|-)|-colour|gray", w)]
            american = {w for w in words if "color" in w and "colour" not in w}
            assert american <= {
                "kinemacolor",
                "ddcolor",
                "colorize",
                "--color-every",
                "--color-memory",
                "color-memory",
                "--on-color",
                "recolor",
                "kinemacolor_cache",
            }

    def test_nothing_heavy_is_loaded(self):
        code = (
            "import sys; import kinemacolor.cli.main;"
            "heavy = {'torch', 'av', 'cv2', 'numpy', 'PIL', 'ray', 'rich', 'tqdm'};"
            "print(sorted(heavy & set(sys.modules)))"
        )
        assert python("-c", code) == "[]\n"


class TestVersion:
    @pytest.mark.parametrize("option", ["--version", "-V"])
    def test_is_one_line(self, option):
        assert told(option) == f"kinemacolor {__version__}\n"

    def test_of_the_module(self):
        assert python("-m", "kinemacolor", "--version") == f"kinemacolor {__version__}\n"


class TestJson:
    @pytest.mark.parametrize("name", COMMANDS)
    def test_is_a_flag(self, name):
        assert re.search(r"^  --json  +Print ", told(name, "--help"), re.MULTILINE)

    def test_of_jobs(self, tmp_path):
        (tmp_path / "box").mkdir()
        (tmp_path / "box/a.png").write_bytes(still(1))
        out = tmp_path / "out"
        assert run("colorize", tmp_path / "box", "-o", out, "--quiet").returncode == 0
        for name in ("resume", "retry"):
            result = run(name, out, "--json")
            assert result.returncode == 0 and result.stderr == ""
            events = [json.loads(line)["event"] for line in result.stdout.splitlines()]
            assert (events[0], events[1], events[-1]) == ("begun", "planned", "summary")
        status = json.loads(told("status", out, "--json"))
        assert status["files"] == status["files_done"] == 1
        removed = json.loads(told("clean", out, "--json"))["removed"]
        assert removed == status["job"]
        assert [path.name for path in out.iterdir()] == ["a.png"]

    def test_errors_go_to_stderr(self, tmp_path):
        result = run("resume", tmp_path, "--json")
        assert result.returncode == 1 and json.loads(result.stdout)["event"] == "error"
        assert len(result.stderr.splitlines()) == 1


class TestExitStatus:
    @pytest.fixture
    def failing(self, monkeypatch):
        """`kinemacolor clean`, which raises an exception."""

        def raising(error: BaseException) -> None:
            def fail(place: object, name: object) -> None:
                raise error

            monkeypatch.setattr("kinemacolor.engine.jobs.state.folder.find_jobs", fail)
            monkeypatch.setattr(sys, "argv", ["kinemacolor", "clean", "nowhere"])

        return raising

    @pytest.mark.parametrize(
        ("error", "status", "said"),
        [
            (SettingsError("--size", "7 is odd"), 2, "kinemacolor: --size: 7 is odd\n"),
            (KinemacolorError("a\nb", "is gone"), 1, "kinemacolor: a\\nb: is gone\n"),
            (KeyboardInterrupt(), 130, ""),
        ],
    )
    def test_of_an_error(self, failing, capsys, error, status, said):
        failing(error)
        with pytest.raises(SystemExit) as exited:
            main()
        assert exited.value.code == status
        assert capsys.readouterr() == ("", said)

    def test_an_unknown_problem_is_told_as_a_fault(self, failing, capsys):
        failing(ZeroDivisionError())
        with pytest.raises(SystemExit) as exited:
            main()
        assert exited.value.code == 1
        assert "unexpected ZeroDivisionError" in capsys.readouterr().err

    @pytest.mark.parametrize("option", ["--actors", "--gpus-per-actor", "--stall-minutes"])
    def test_actors_need_ray(self, tmp_path, option):
        result = CliRunner().invoke(app, ["resume", str(tmp_path), option, "2"])
        assert isinstance(result.exception, SettingsError)
        assert str(result.exception).endswith("are of a Ray cluster; add --ray")
