"""Reading points: tables as people and programs write them give what they mean, and what may mean two things is asked."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from dgm_studio.contract import DataError
from dgm_studio.data.files import source_for_path
from dgm_studio.data.reading.columns import Unclear
from dgm_studio.data.reading.points import read_points

SIX = np.arange(12, dtype=np.float64).reshape(6, 2)
FOUR = np.array([[1.5, 2.5], [2.5, -3.125], [1.0, 2.0], [1e3, 5.5]])
"""What every table below holds."""


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        "0,1\n2,3\n4,5\n",
        "x,y\r\n0,1\r\n2,3\r\n4,5",
        "x;y\n0;1\n\n2;3\n4;5\n",
        "# mine\n0\t1\n2\t3  # a comment\n4\t5\n",
        "\ufeff0 1\n 2   3\n4 5\n",
        '"x","y"\n"0","1"\n"2","3"\n"4","5"\n',
        "x|y\n0|1\n2|3\n4|5\n",
        "x,y\r0,1\r2,3\r4,5\r",
        "sep=;\nx;y\n0;1\n2;3\n4;5\n",
        "x,y,\n0,1,\n2,3,\n4,5,\n,,\n",
        "x,y\n0,1,\n2,3,\n4,5,\n",
        "'x','y'\n'0','1'\n'2','3'\n'4','5'\n",
    ],
)
def test_common_kinds_of_csv_are_read(tmp_path: Path, text: str) -> None:
    np.testing.assert_array_equal(read_points(written(tmp_path / "points.csv", text)).x, SIX[:3])


@pytest.mark.parametrize(
    ("content", "names"),
    [
        # decimal commas, and what may stand between thousands
        ("x;y\n1,5;2,5\n2,5;-3,125\n1;2\n1000;5,5\n", ("x", "y")),
        ("1,5\t2,5\n2,5\t-3,125\n1\t2\n1000\t5,5\n", ("", "")),
        ("1,5 2,5\n2,5 -3,125\n1 2\n1000 5,5\n", ("", "")),
        ("x;y\n1,5;2,5\n2,5;-3,125\n1;2\n1.000,0;5,5\n", ("x", "y")),
        ('x,y\n"1,5","2,5"\n"2,5","-3,125"\n"1","2"\n"1000","5,5"\n', ("x", "y")),
        ('x,y\n1.5,2.5\n2.5,-3.125\n1,2\n"1,000.0",5.5\n', ("x", "y")),
        ("x;y\n1,5;2,5\n2,5;\u22123,125\n1;2\n1\u00a0000,0;5,5\n", ("x", "y")),
        ("x,y\n1.5,2.5\n25e-1,-3.125\n1.,2\n1E3,5.5\n", ("x", "y")),
        # names, units, titles and remarks around them
        (
            "petal length (cm),petal width (cm)\n1.5,2.5\n2.5,-3.125\n1,2\n1e3,5.5\n",
            ("petal length (cm)", "petal width (cm)"),
        ),
        ("height,weight\ncm,kg\n1.5,2.5\n2.5,-3.125\n1,2\n1e3,5.5\n", ("height (cm)", "weight (kg)")),
        ("Heights of 2024\n\nheight;weight\n1,5;2,5\n2,5;-3,125\n1;2\n1000;5,5\n", ("height", "weight")),
        ("# height weight\n1.5 2.5\n2.5 -3.125\n1 2\n1e3 5.5\n", ("height", "weight")),
        ("#height,weight\n1.5,2.5\n2.5,-3.125\n1,2\n1e3,5.5\n", ("height", "weight")),
        ("0,1\n1.5,2.5\n2.5,-3.125\n1.0,2.0\n1000.0,5.5\n", ("0", "1")),
        (
            "| height | weight |\n|---|---|\n| 1.5 | 2.5 |\n| 2.5 | -3.125 |\n| 1 | 2 |\n| 1e3 | 5.5 |\n",
            ("height", "weight"),
        ),
        (" height | weight\n--------+-------\n 1.5 | 2.5\n 2.5 | -3.125\n 1 | 2\n 1e3 | 5.5\n", ("height", "weight")),
        ("height  weight\n   1.5     2.5\n   2.5  -3.125\n     1       2\n   1e3     5.5\n", ("height", "weight")),
        # an index in front
        (",x,y\n0,1.5,2.5\n1,2.5,-3.125\n2,1,2\n3,1e3,5.5\n", ("x", "y")),
        (",0,1\n0,1.5,2.5\n1,2.5,-3.125\n2,1,2\n3,1e3,5.5\n", ("0", "1")),
        ("Unnamed: 0,a,b\n7,1.5,2.5\n9,2.5,-3.125\n2,1,2\n4,1e3,5.5\n", ("a", "b")),
        ('"","x","y"\n"1",1.5,2.5\n"2",2.5,-3.125\n"3",1,2\n"4",1e3,5.5\n', ("x", "y")),
        ('"a" "b"\n"tom" 1.5 2.5\n"jim" 2.5 -3.125\n"ann" 1 2\n"eve" 1e3 5.5\n', ("a", "b")),
        ("id,a,b\n1,1.5,2.5\n2,2.5,-3.125\n3,1,2\n4,1e3,5.5\n", ("a", "b")),
        ("index,a,b\n3,1.5,2.5\n8,2.5,-3.125\n9,1,2\n41,1e3,5.5\n", ("a", "b")),
        ("0,1.5,2.5\n1,2.5,-3.125\n2,1,2\n3,1e3,5.5\n", ("", "")),
        # more columns, of which names or kinds decide
        ("day,x,y\n2024-01-01,1.5,2.5\n2024-01-02,2.5,-3.125\n2024-01-03,1,2\n2024-01-04,1e3,5.5\n", ("x", "y")),
        ("t,x,y\n0,1.5,2.5\n1,2.5,-3.125\n2,1,2\n3,1e3,5.5\n", ("x", "y")),
        (",,x,y\na,0,1.5,2.5\na,1,2.5,-3.125\nb,0,1,2\nb,1,1e3,5.5\n", ("x", "y")),
        ("day,x,y\n2024-01-01,1.5,2.5\n2024-01-01,2.5,-3.125\n2024-01-02,1,2\n2024-01-02,1e3,5.5\n", ("x", "y")),
        ("time;x;y\n12:05;1.5;2.5\n12:05;2.5;-3.125\n12:10;1;2\n12:10;1e3;5.5\n", ("x", "y")),
        ("My data of 2024\n1.5,2.5\n2.5,-3.125\n1,2\n1e3,5.5\n", ("", "")),
        ("length,weight\n(cm),[kg]\n1.5,2.5\n2.5,-3.125\n1,2\n1e3,5.5\n", ("length (cm)", "weight (kg)")),
        ("x,y\n\ufeff1.5,2.5\n2.5,\u200b-3.125\n1,2\n1e3,5.5\n", ("x", "y")),
        ("x,y,z\n1.5,2.5,.1\n2.5,-3.125,.2\n1,2,.3\n1e3,5.5,.4\n", ("x", "y")),
    ],
)
def test_tables_of_other_programs_mean_what_they_say(tmp_path: Path, content: str, names: tuple[str, str]) -> None:
    points = read_points(written(tmp_path / "points.csv", content))
    np.testing.assert_array_equal(points.x, FOUR)
    assert points.names == names
    assert points.label is None


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_text_of_any_usual_encoding_is_read(tmp_path: Path, encoding: str, said: str) -> None:
    text = "Größe\tHöhe\n1,5\t2,5\n2,5\t-3,125\n1\t2\n1000\t5,5\n"
    points = read_points(written(tmp_path / "points.txt", text.encode(encoding)))
    np.testing.assert_array_equal(points.x, FOUR)
    assert points.names == ("Größe", "Höhe")
    assert not said or any(said in words for words in points.said)


def test_a_title_of_two_words_takes_no_column_away(tmp_path: Path) -> None:
    points = read_points(
        written(tmp_path / "t.csv", "Heights, weights\n1.5,2.5,1\n2.5,-3.125,2\n1.25,2,1\n1e3,5.5,2\n")
    )
    assert points.x[0].tolist() == [1.5, 2.5]
    assert points.classes == ("1", "2")


@pytest.mark.parametrize("name", ["t.csv.gz", "T.TXT.GZ", "packed.csv"])
def test_packed_tables_are_read_as_they_would_be_unpacked(tmp_path: Path, load, name: str) -> None:
    content = gzip.compress(b"x,y,kind\n1.5,2.5,a\n2.5,-3.125,b\n1,2,a\n1000,5.5,b\n")
    data = load(source_for_path(written(tmp_path / name, content)))
    assert data.spec.classes == ("a", "b")
    np.testing.assert_array_equal(read_points(tmp_path / name).x, FOUR)
    with pytest.raises(DataError, match="damaged"):
        read_points(written(tmp_path / name, content[:-9]))


def test_what_was_done_to_cells_is_said(tmp_path: Path) -> None:
    for mark in ("'", "\u202f", " "):
        points = read_points(written(tmp_path / "t.csv", f"x;y\n1{mark}500,25;1\n2{mark}500,5;2\n3;4\n9;7\n"))
        assert points.x[:, 0].tolist() == [1500.25, 2500.5, 3, 9]
        assert "left out marks between thousands" in points.said
    found = read_points(written(tmp_path / "t.csv", "x,y,group\n1,2,NA\n3,4,a\n5,6,NA\n7,8,a\n"))
    assert "took 'NA' for a class, not for a missing one" in found.said
    assert found.classes == ("NA", "a")


@pytest.mark.parametrize(
    ("content", "classes", "label"),
    [
        ("x,y,kind\n1.5,2.5,b\n2.5,-3.125,a\n1,2,b\n1e3,5.5,a\n", ("a", "b"), [1, 0, 1, 0]),
        ("label,x,y\n1,1.5,2.5\n0,2.5,-3.125\n0,1,2\n1,1e3,5.5\n", ("0", "1"), [1, 0, 0, 1]),
        ("species,a,b\nIris setosa,1.5,2.5\nIris virginica,2.5,-3.125\nIris setosa,1,2\nIris setosa,1e3,5.5\n",
         ("Iris setosa", "Iris virginica"), [0, 1, 0, 0]),
        ("x, y, class\n1.5, 2.5, C#\n2.5, -3.125, F#\n1, 2, C#\n1e3, 5.5, F#\n", ("C#", "F#"), [0, 1, 0, 1]),
        ('x,y,class\n1.5,2.5,"a\nb"\n2.5,-3.125,"c, d"\n1,2,"a\nb"\n1e3,5.5,"c, d"\n', ("a\nb", "c, d"), [0, 1, 0, 1]),
        ("x,y,label\n1.5,2.5,10.0\n2.5,-3.125,9.0\n1,2,10.0\n1e3,5.5,9.0\n", ("9", "10"), [1, 0, 1, 0]),
        ("x,y,c\n1.5,2.5,11\n2.5,-3.125,2\n1,2,11\n1e3,5.5,2\n", ("2", "11"), [1, 0, 1, 0]),
        ("2,1.5,2.5\n1,2.5,-3.125\n2,1.0,2.0\n1,1e3,5.5\n", ("1", "2"), [1, 0, 1, 0]),
        ("id,x,y,sex,species\n1,1.5,2.5,m,b\n2,2.5,-3.125,f,a\n3,1,2,m,a\n4,1e3,5.5,m,b\n", ("a", "b"), [1, 0, 0, 1]),
        ("x,y,class\n1.5,2.5,a\n2.5,-3.125,a\n1,2,a\n1e3,5.5,a\n", (), None),
        ("x,y,target\n1.5,2.5,.5\n2.5,-3.125,.25\n1,2,.5\n1e3,5.5,.25\n", (), None),
    ],
)  # fmt: skip
def test_the_class_is_found_by_its_name_or_kind(tmp_path: Path, content: str, classes, label) -> None:
    points = read_points(written(tmp_path / "points.csv", content))
    np.testing.assert_array_equal(points.x, FOUR)
    assert points.classes == classes
    assert (points.label is None) == (label is None)
    assert label is None or points.label.tolist() == label


@pytest.mark.parametrize(
    ("content", "question"),
    [
        ("a,b,c\n1.5,2.5,.1\n2.5,3.5,.2\n1.1,2.2,.3\n4.4,5.5,.4\n", "which column is the class, and which are x and y"),
        ("3,4,1\n5,6,2\n7,8,1\n9,1,2\n", "which column is the class"),
        ("1,2,3,4\n5,6,7,8\n", "which two are x and y"),
        ("x,y,sex,form\n1,2,m,a\n3,4,f,b\n5,6,m,a\n7,8,f,b\n", "which column is the class"),
    ],
)
def test_what_may_mean_several_things_is_asked(tmp_path: Path, content: str, question: str) -> None:
    with pytest.raises(Unclear, match=question) as asked:
        read_points(written(tmp_path / "points.csv", content))
    assert "points.csv" in str(asked.value)
    assert asked.value.table.peek().rows[0] == tuple(content.splitlines()[content[0].isalpha()].split(","))


def test_the_columns_that_were_found_can_be_seen_with_what_they_mean(tmp_path: Path) -> None:
    table = read_points(written(tmp_path / "t.csv", "label,v,u\na,1.5,2.5\nb,2.5,-3.125\na,1,2\nb,7,8\n")).table
    assert table is not None
    assert table.names == ("label", "v", "u")
    assert table.numeric == (False, True, True)
    assert table.chosen == (1, 2, 0)
    assert table.rows[0] == ("a", "1.5", "2.5")
    assert read_points(written(tmp_path / "two.csv", "1,2\n3,4\n5,6\n7,8\n")).table is None


IRIS = (
    'sepal length,sepal width,"petal, length",species\n'
    "5.1,3.5,1.4,setosa\n4.9,3,1.5,setosa\n6,3,4,versicolor\n6,2,4.5,versicolor\n"
)


@pytest.mark.parametrize(
    ("columns", "first", "classes"),
    [
        ("x=sepal length,y=petal, length,class=species", [5.1, 1.4], ("setosa", "versicolor")),
        ("x=3,y=1", [1.4, 5.1], ()),
        (" y = Sepal Width , x=PETAL, LENGTH ", [1.4, 3.5], ()),
        ("class=none,x=1,y=2", [5.1, 3.5], ()),
    ],
)
def test_columns_are_chosen_by_name_or_number(tmp_path: Path, columns: str, first, classes) -> None:
    points = read_points(written(tmp_path / "iris.csv", IRIS), columns)
    assert points.x[0].tolist() == first
    assert points.classes == classes
    left = any("left 'species' aside: add class=species" in words for words in points.said)
    assert left == ("class" not in columns)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ("x=sepal lengh,y=2", "no column 'sepal lengh': it has 'sepal length'"),
        ("x=1,y=9", "no column '9'"),
        ("x=1", "only one coordinate"),
        ("x=1,x=2,y=3", "twice or not at all"),
        ("sepal length", "columns are named like x="),
        ("x=species,y=1", "holds words such as 'setosa'"),
    ],
)
def test_columns_that_there_are_not_are_refused(tmp_path: Path, columns: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        read_points(written(tmp_path / "iris.csv", IRIS), columns)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("1,2\n3,cat\n", "line 2 holds 'cat', which is not a number"),
        ("1,2\nnan,3\n", "line 2 holds nan: remove or repair"),
        ("1,2\n3,inf\n", "line 2 holds inf"),
        ("1,2\n3,1e300\n", "line 2 holds 1e300"),
        ("x,y\n0x1F,2\n", "1 column of numbers among 2"),
        ("x,y\n1_0,2\n3,4\n", "line 2 holds '1_0'"),
        ("x,y\n1,2\n\nNA,4\n5,6\n", "line 4 holds 'NA', so a number is missing"),
        ("1\n2\n", "1 column of numbers among 1 column: points need two columns"),
        ("1,2\n3\n", "line 2 has 1 column where others have 2"),
        ("1,2\n3,\n", "line 2 holds an empty cell"),
        ("x,y,class\n1,2,a\n3,4,\n5,6,b\n7,8,b\n", "line 3 has an empty cell in its class"),
        ("x,y,label\n1,2,1\n3,4,NA\n5,6,2\n7,8,2\n", "line 3 holds 'NA', so a number is missing"),
        ("x,y,label\n1,2,1\n3,4,\n5,6,2\n7,8,2\n", "line 3 holds an empty cell"),
        (",".join(f"p{i}" for i in range(784)) + "\n" + ",".join(map(str, range(784))), "'p11' and 772 more"),
        ('x,y\n"1,234","2,000"\n5,6\n', "'1,234', whose comma may be the decimal sign or stand between thousands"),
        ("x;y\n1.234;2,5\n2.000;3,25\n", "'1.234', whose point may stand between thousands"),
        ("x;y\n1.5;1,234\n2.5;2,345\n", "'1,234', whose comma may be the decimal sign or stand between thousands"),
        ("x;y\n1.25;2\n1,25;3\n", "where others have the other decimal sign"),
        ('x,y,kind\n1,2,a\n3,4,"b\n5,6,a\n7,8,b\n9,1,a\n', "line 3 opens a quote that is never closed"),
        (
            "x,y,kind\n1,2,a\n3,4," + "b" * 200_000 + "\n5,6,a\n7,8,b\n",
            "line 3 holds a cell of more than 131,072 letters",
        ),
        ("", "holds no points"),
        ("x,y\n", "holds no points"),
        ("1,2\n" * 9, "9 points, of which 1 differ: 4 different ones are the least"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "not a text file"),
        (b"PK\x03\x04\x14\0\x06\0", "an Excel workbook: save the points as CSV"),
    ],
)
def test_bad_csv_says_which_line_and_the_cure(tmp_path: Path, load, content: str | bytes, reason: str) -> None:
    with pytest.raises(DataError, match=reason) as refused:
        load(source_for_path(written(tmp_path / "bad.csv", content)))
    assert "bad.csv" in str(refused.value)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " "])
@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("label", [None, ("Iris setosa", "a, b", "3"), ("1", "2", "10")])
def test_whatever_a_program_writes_comes_back(tmp_path: Path, separator: str, decimal: str, label) -> None:
    rng = np.random.default_rng(3)
    x = np.round(rng.normal(size=(60, 2)) * (3, 4000), 3)
    with (tmp_path / "t.csv").open("w", newline="") as file:
        out = csv.writer(file, delimiter=separator)
        out.writerow(["a b", "c", *(["class"] if label else [])])
        for i, row in enumerate(x):
            out.writerow([*(f"{v:.3f}".replace(".", decimal) for v in row), *([label[i % 3]] if label else [])])
    points = read_points(tmp_path / "t.csv")
    np.testing.assert_allclose(points.x, x)
    assert points.classes == (() if not label else ("1", "2", "10") if "10" in label else ("3", "Iris setosa", "a, b"))
    assert points.label is None or [points.classes[k] for k in points.label] == [label[i % 3] for i in range(60)]


def test_classes_keep_to_their_examples_through_the_split(tmp_path: Path, load) -> None:
    rows = "".join(f"{i},{-i},{'cat' if i % 2 else 'dog'}\n" for i in range(20))
    data = load(source_for_path(written(tmp_path / "points.csv", f"x,y,kind\n{rows}")))
    assert data.spec.classes == ("cat", "dog")
    assert (data.train.label == (data.train.x[:, 0] % 2 == 0).long()).all()
    assert len(data.train) + len(data.held_out) == 20


# --- arrays -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["points.npy", "points.npz"])
def test_numpy_points_are_read(tmp_path: Path, name: str, load) -> None:
    file = tmp_path / name
    if name.endswith("y"):
        np.save(file, SIX)
    else:
        np.savez(file, x=SIX)
    np.testing.assert_array_equal(read_points(file).x, SIX)
    data = load(source_for_path(file))
    assert data.spec.event == (2,)
    assert data.fresh is None
    assert data.log_density is None


@pytest.mark.parametrize(
    ("arrays", "classes"),
    [
        ({"x": SIX, "y": np.array([9, 10, 9, 10, 9, 10])}, ("9", "10")),
        ({"X": SIX, "target": np.array(["a", "b"] * 3)}, ("a", "b")),
        ({"X_train": SIX, "Y_train": np.array([0.0, 2.0] * 3), "X_test": SIX[:2]}, ("0", "2")),
        ({"data": SIX, "labels": np.array([[1], [3]] * 3)}, ("1", "3")),
        ({"points": SIX, "y": np.eye(2)[[0, 1] * 3]}, ("0", "1")),
        ({"x": SIX[:, 0], "y": SIX[:, 1]}, ()),
        ({"x": SIX[:, 0], "y": SIX[:, 1], "label": np.array(["a", "b"] * 3), "noise": SIX}, ("a", "b")),
        ({"x": SIX, "y": np.array([0, 1] * 3), "class_names": np.array(["cat", "dog"])}, ("cat", "dog")),
        ({"coords": SIX[:, None], "species": np.array([b"u", b"v"] * 3)}, ("u", "v")),
        ({"whatever": SIX}, ()),
    ],
)
def test_an_archive_names_points_and_classes_in_the_usual_ways(tmp_path: Path, arrays, classes) -> None:
    np.savez(tmp_path / "p.npz", **arrays)
    points = read_points(tmp_path / "p.npz")
    np.testing.assert_array_equal(points.x, SIX)
    assert points.classes == classes
    assert points.label is None or points.label.tolist() == [0, 1] * 3


def test_an_archive_says_what_it_leaves_aside_and_names_its_axes(tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", x=SIX[:, 0], y=SIX[:, 1], depth=SIX[:, 0], x_test=SIX)
    points = read_points(tmp_path / "p.npz")
    assert points.names == ("x", "y")
    assert points.said == ("left depth, x_test aside",)


def test_an_array_of_named_fields_is_a_table(tmp_path: Path) -> None:
    array = np.zeros(6, [("species", "U8"), ("b", "f8"), ("a", "f4")])
    array["a"], array["b"], array["species"] = SIX[:, 0], SIX[:, 1], ["u", "v"] * 3
    np.save(tmp_path / "p.npy", array)
    points = read_points(tmp_path / "p.npy")
    np.testing.assert_array_equal(points.x, SIX[:, ::-1])
    assert points.names == ("b", "a")
    assert points.classes == ("u", "v")


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.zeros((3, 5)), "5 columns of numbers"),
        (np.zeros((2, 9)), r"shape \(2, 9\): points need the shape \(n, 2\); save its transpose"),
        (np.zeros(9), "points need the shape"),
        (np.zeros((0, 2)), "holds no points"),
        (np.array([["a", "b"]]), "save the points as numbers"),
        (np.array([[0, 1], [np.nan, 2]]), "row 1 holds NaN"),
        (np.zeros(9, [("p", "f8", (2,)), ("k", "i4")]), "several numbers in its field 'p'"),
    ],
)
def test_bad_arrays_of_points_are_refused(tmp_path: Path, array: np.ndarray, reason: str) -> None:
    np.save(tmp_path / "bad.npy", array)
    with pytest.raises(DataError, match=reason):
        read_points(tmp_path / "bad.npy")


def test_points_far_from_zero_keep_every_digit(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 2)) * (900, 1e-3) + (1.7e9, 1e6)
    np.save(tmp_path / "far.npy", x)
    np.testing.assert_array_equal(read_points(tmp_path / "far.npy").x, x)
    np.savetxt(tmp_path / "far.csv", x, delimiter=",")
    np.testing.assert_array_equal(read_points(tmp_path / "far.csv").x, x)


def test_what_a_number_format_cannot_tell_apart_is_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "coarse.npy", (rng.normal(size=(50, 2)) * 900 + 1.7e9).astype(np.float32))
    assert any("kept in steps of" in words for words in read_points(tmp_path / "coarse.npy").said)
    np.save(tmp_path / "lost.npy", (rng.normal(size=(50, 2)) * 90 + 1.7e9).astype(np.float32))
    with pytest.raises(DataError, match="subtract a constant before saving"):
        read_points(tmp_path / "lost.npy")
