"""A blob that a thread writes while it is read."""

import os
import time
from pathlib import Path

import pytest

from pyker.image.blobs import SpooledBlob
from pyker.kernel.staging import Staging


def test_what_is_written_is_read_and_hashed(tmp_path: Path) -> None:
    def pack(target: int) -> None:
        for part in (b"one", b"two" * 1000):
            os.write(target, part)
            time.sleep(0.01)

    with Staging(str(tmp_path)) as staging:
        blob = SpooledBlob(staging, pack)
        found = b""
        for chunk in blob.chunks():
            blob.write(chunk)
            found += chunk
        blob.close()

    assert found == b"one" + b"two" * 1000
    blob.check(blob.digest(), len(found))


def test_failure_of_the_writer_is_the_reader_s(tmp_path: Path) -> None:
    def pack(_: int) -> None:
        raise OSError(28, "full")

    with Staging(str(tmp_path)) as staging:
        blob = SpooledBlob(staging, pack)
        with pytest.raises(OSError, match="full"):
            list(blob.chunks())
        blob.close()


def test_file_of_a_reader_that_gives_up_is_open_until_the_writer_ends(tmp_path: Path) -> None:
    outcome: "list[str]" = []

    def pack(target: int) -> None:
        os.write(target, b"begin")
        time.sleep(0.2)
        outcome.append(os.readlink(f"/proc/self/fd/{target}"))

    with Staging(str(tmp_path)) as staging:
        blob = SpooledBlob(staging, pack)
        chunks = blob.chunks()
        next(chunks)
        blob.close()

        assert outcome == [blob.path]
