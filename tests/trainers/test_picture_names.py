"""Names of pictures from several sources: unique, and found without trying all before."""

from __future__ import annotations

from kinemacolor.trainers.pictures.sources import _unique


def test_a_name_that_comes_again_gets_a_number_that_is_free():
    names = ["a", "a", "a (2)", "a", "b", "a (2)", "a"]
    assert _unique(names) == ("a", "a (2)", "a (2) (2)", "a (3)", "b", "a (2) (3)", "a (4)")


def test_a_name_that_comes_very_often_is_not_counted_anew():
    made = []

    class Name(str):
        def __format__(self, spec):
            made.append(self)
            return str(self)

    names = _unique([Name("a.png")] * 500)
    assert names[-1] == "a.png (500)" and len({*names}) == 500 == len(made) + 1
