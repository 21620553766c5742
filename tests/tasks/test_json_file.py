"""Files that are not what they should be: an error that names the file and the reason, never a traceback."""

import os
import socket
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jbatt.errors import JbattError
from jbatt.tasks import json_file
from jbatt.tasks.json_file import parse_json, read_json, shown


def refusal(path):
    with pytest.raises(JbattError) as error:
        read_json(path)
    name, _, reason = str(error.value).partition(": ")
    assert name == str(path)
    return reason


@pytest.fixture
def path(tmp_path):
    return tmp_path / "007bbfb7.json"


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf"])
def test_utf8_with_or_without_byte_order_mark(path, prefix):
    path.write_bytes(prefix + '{"ä": [1]}'.encode())
    assert read_json(path) == {"ä": [1]}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{\n "train": [1,\n 2,]}', "line 3, column 4: not valid JSON: "),
        ('{"a": 1} x', "line 1, column 10: not valid JSON: Extra data"),
        ('{"a": [1, 2', "line 1, column 12: not valid JSON: "),
        ("<html>", "line 1, column 1: not valid JSON: Expecting value"),
        ("", "line 1, column 1: the file is empty, expected JSON"),
        (" \n", "line 2, column 1: the file is empty, expected JSON"),
        ('{"a": 1, "b": 2, "a": 3}', "the key 'a' occurs twice in one object"),
        ("[" * 200_000, "is nested too deeply for a task file"),
        ('{"a":' * 200_000, "is nested too deeply for a task file"),
        ("1" * 5000, "cannot be read as JSON: Exceeds the limit"),
    ],
)
def test_not_json(path, text, reason):
    path.write_text(text)
    assert refusal(path).startswith(reason)


def test_not_utf8(path):
    path.write_bytes(b'{"a": "\xff"}')
    assert refusal(path) == "is not UTF-8 text: byte 0xff at offset 7 (invalid start byte)"
    path.write_bytes('{"a": 1}'.encode("utf-16"))
    assert refusal(path).startswith("is not UTF-8 text: byte 0xff at offset 0")


def test_too_large(path, monkeypatch):
    monkeypatch.setattr(json_file, "MAX_BYTES", 1000)
    path.write_text("1" + " " * 999)
    assert read_json(path) == 1
    path.write_text("1" + " " * 1000)
    assert refusal(path) == "has 1,001 bytes, more than the 1,000 that are read; split it"


def test_a_sparse_file_over_the_limit_is_not_read(path):
    with open(path, "wb") as file:
        file.truncate(json_file.MAX_BYTES + 1)
    assert "more than the 536,870,912 that are read" in refusal(path)


def test_not_a_file(tmp_path, path):
    path.mkdir()
    assert refusal(path) == "is a folder, expected a JSON file"
    assert refusal(tmp_path / "none.json") == "cannot be read: No such file or directory"


def test_a_broken_link_and_a_link_to_itself(tmp_path, path):
    path.symlink_to("gone.json")
    assert refusal(path) == "is a broken link to gone.json"
    loop = tmp_path / "loop.json"
    loop.symlink_to(loop)
    assert refusal(loop).startswith("cannot be read: Too many")


def test_a_pipe_is_not_waited_for(path):
    os.mkfifo(path)
    assert refusal(path) == "is a device, pipe or socket, expected a regular JSON file"


def test_a_device():
    with pytest.raises(JbattError, match="/dev/zero: is a device"):
        read_json("/dev/zero")


def test_a_socket(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's path may have 108 bytes only
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s.json")
        with pytest.raises(JbattError, match=r"s\.json: is a device, pipe or socket"):
            read_json("s.json")


def test_no_permission(path, monkeypatch):
    path.write_text("1")
    if os.access(path, os.R_OK) and os.geteuid() == 0:  # permissions do not bind root

        def refuse(*_):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "open", refuse)
    path.chmod(0)
    assert refusal(path) == "cannot be read: Permission denied"


@pytest.mark.parametrize("function", ["open", "_DECODER"])
def test_too_little_memory(path, monkeypatch, function):
    def fail(*_):
        raise MemoryError

    path.write_text("1")
    fake = fail if function == "open" else type("Decoder", (), {"decode": fail})()
    monkeypatch.setattr(os if function == "open" else json_file, function, fake)
    assert refusal(path).startswith("there is not enough memory to")


def test_a_value_inside_a_text():
    assert parse_json('{"a":{"b":1},"c":2}', "f", 5) == {"b": 1}
    with pytest.raises(JbattError, match=r"f: line 1, column 6"):
        parse_json('{"a":', "f", 5)


@pytest.mark.skipif(sys.platform == "darwin", reason="file names are UTF-8 there")
def test_names_that_cannot_be_printed_are_escaped(tmp_path):
    assert shown("dir/a b ä.json") == "dir/a b ä.json"
    assert shown("a\nb") == "'a\\nb'"
    path = tmp_path / os.fsdecode(b"\xff.json")
    path.write_text("{")
    with pytest.raises(JbattError) as error:
        read_json(path)
    assert str(error.value).isprintable()
    str(error.value).encode()


@settings(deadline=None)  # the cores may be shared
@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_give_a_value_or_an_error(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(data)
    try:
        read_json(path)
    except JbattError as error:
        assert str(error).isprintable()
