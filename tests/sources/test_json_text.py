"""JSON files: values as written, keys as columns, broken objects one at a time."""

# ruff: noqa: E501 - a table of broken texts, one line each

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.sources.files import FileDelivery
from evergreen.sources.formats import json_items
from evergreen.sources.formats.json_items import items_of_lines, items_of_list
from evergreen.sources.reading import BLOCK_BYTES, BrokenContent, UnreadableDelivery
from sources.making import Seen, body, columns, delivery, records


def landed(tmp_path: Path, text: str | bytes, ending: str = "json") -> FileDelivery:
    path = tmp_path / f"a.{ending}"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return delivery(path, "a", "b", files=["*.json", "*.jsonl"])


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ('[{"a": 1, "b": "x"}, {"b": null, "a": 2}]', "json"),
        ('\ufeff [\n {"a": 1, "b": "x"},\n {"a": 2}\n]\n', "json"),
        ('{"a": 1, "b": "x"}\n{"a": 2}', "json"),
        ('{"a": 1, "b": "x"}\r\n\r\n{"a": 2}\r\n', "jsonl"),
    ],
)
def test_lists_and_lines(tmp_path: Path, text: str, ending: str) -> None:
    found = landed(tmp_path, text, ending)
    assert columns(found) == ["a", "b"]
    assert body(found) == b'"1","x"\n"2",\n'
    assert records(found) == [(2, ["1", "x"], None), (3, ["2", None], None)]


def test_values_stay_as_they_are_written(tmp_path: Path) -> None:
    found = landed(
        tmp_path,
        '[{"a": 1.10, "b": "007"}, {"a": 12345678901234567890, "b": true}, {"a": 1e400, "b": "2020-01-01"},'
        '{"a": {"x": [1, 2.5, "ü"]}, "b": ""}, {"a": NaN, "b": -0}]',
    )
    assert [fields for _, fields, _ in records(found)] == [
        ["1.10", "007"],
        ["12345678901234567890", "true"],
        ["1e400", "2020-01-01"],
        ['{"x":[1,2.5,"ü"]}', ""],
        ["nan", "0"],
    ]


def test_a_key_that_appears_late_is_a_column(tmp_path: Path) -> None:
    found = landed(tmp_path, '[{"a": 1}, {"a": 2, "late": 3}]')
    assert columns(found) == ["a", "late"] and body(found) == b'"1",\n"2","3"\n'


def test_an_empty_list_contradicts_nothing(tmp_path: Path) -> None:
    found = landed(tmp_path, "[]")
    assert columns(found) == ["a", "b"] and body(found) == b"" and records(found) == []
    with pytest.raises(UnreadableDelivery, match=r"a\.json: is empty: not even an empty list is there$"):
        columns(landed(tmp_path, ""))


GOOD: list[Seen] = [(2, ["1"], None)]


@pytest.mark.parametrize(
    ("text", "ending", "seen"),
    [
        ('{"a": 1}\n{"a": \n{"a": 3}\n', "jsonl", [*GOOD, (3, None, "not valid JSON (Expecting value)"), (4, ["3"], None)]),
        ('{"a": 1}\n[2]\n{"a": 3} 4\n', "jsonl", [*GOOD, (3, None, "an object is needed, not [2]"), (4, None, "something follows the object")]),
        ('[{"a": 1}, {"a" 2}, {"a": 3}]', "json", [*GOOD, (3, None, "not valid JSON (Expecting ':' delimiter)"), (4, ["3"], None)]),
        ('[{"a": 1}, 7, {"a": 3}]', "json", [*GOOD, (3, None, "an object is needed"), (4, ["3"], None)]),
        ('[{"a": 1}, {"a": 2', "json", [*GOOD, (3, None, "not valid JSON (Expecting ',' delimiter)"), (4, None, "the list is not closed: the text is cut off")]),
        ('[{"a": 1},', "json", [*GOOD, (3, None, "the list is not closed: the text is cut off")]),
        ('[{"a": 1}, {"a": "\\u0000"}]', "json", [*GOOD, (3, None, "the record holds a NUL character")]),
        ('[{"a": 1}, {"a": "\\ud800"}]', "json", [*GOOD, (3, None, "the record holds half a character, or bytes that are not in the declared encoding")]),
        (b'[{"a": 1}, {"a": "\xe9"}]', "json", [*GOOD, (3, None, "the record holds half a character, or bytes that are not in the declared encoding")]),
        ('[{"a": 1}, {"a": ' + "[" * 100_000 + "}]", "json", [*GOOD, (3, None, None)]),
    ],
)  # fmt: skip
def test_a_broken_object_swallows_none(
    tmp_path: Path, text: str | bytes, ending: str, seen: list[Seen]
) -> None:
    found = landed(tmp_path, text, ending)
    assert records(found)[: len(seen)][:-1] == seen[:-1]
    number, fields, problem = records(found)[len(seen) - 1]
    assert (number, fields) == seen[-1][:2] and (problem == seen[-1][2] or seen[-1][2] is None)
    if b"u0000" not in (text if isinstance(text, bytes) else text.encode()):
        with pytest.raises(BrokenContent):
            body(found)


def test_objects_larger_than_a_block(tmp_path: Path) -> None:
    long = "x" * (3 * BLOCK_BYTES)
    found = landed(tmp_path, f'[{{"a": "{long}"}}, {{"a": 2}}]')
    assert body(found) == f'"{long}"\n"2"\n'.encode()


def test_what_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_items, "LONGEST_RECORD", 1000)
    [first, *_, last] = items_of_list(['[{"a": 1}, ', '{"a": "', *["x" * 50] * 100, '\n{"a": 2}]'])
    assert first.value == {"a": 1} and last.value == {"a": 2}
    [item] = items_of_lines(["x" * 400] * 5)
    assert item.problem == "a line is longer than 0 MiB"


@given(st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=5) | st.integers())), st.integers(1, 7))
def test_where_blocks_end_makes_no_difference(objects: list[dict[str, str | int]], size: int) -> None:
    for text, read in (
        (json.dumps(objects), items_of_list),
        ("\n".join(map(json.dumps, objects)), items_of_lines),
        ("".join(map(json.dumps, objects)), items_of_list),
    ):
        texts = [text[i : i + size] for i in range(0, len(text), size)]
        assert [item.value for item in read(texts)] == objects
