"""British spellings on the command line, taken for the American ones that the help shows."""

from __future__ import annotations

_OPTION, _BRITISH_OPTION = "--on-color", "--on-colour"
_VALUE, _BRITISH_VALUE = "recolor", "recolour"


def in_american(words: list[str]) -> list[str]:
    """The words of a command line, `--on-colour recolour` as `--on-color recolor`."""
    spelled: list[str] = []
    for place, word in enumerate(words):
        if word == "--":
            return spelled + words[place:]
        name, equals, value = word.partition("=")
        if name in (_OPTION, _BRITISH_OPTION):
            value = _VALUE if value == _BRITISH_VALUE else value
            spelled.append(_OPTION + equals + value)
        elif word == _BRITISH_VALUE and spelled[-1:] == [_OPTION]:
            spelled.append(_VALUE)
        else:
            spelled.append(word)
    return spelled
