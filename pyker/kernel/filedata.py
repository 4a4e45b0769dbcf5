"""What is in a file, from one open file to another: shared or copied inside the kernel, holes kept holes."""

import errno
import fcntl
import os

_FICLONE = 0x40049409  # ioctl_ficlone(2)
_PART = 1 << 26
_SMALL = 1 << 16
_UNSHARED = (errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.ETXTBSY)
_NOT_IN_KERNEL = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)


def copy_data(source: int, target: int, size: int) -> int:
    """Fill the new, empty *target* with what the open *source* of about *size* bytes holds; how much it was.

    A file that claims to be empty is read all the same: those of procfs do. What is added meanwhile is
    not waited for. Raises OSError.
    """
    if size < _SMALL:
        return _read_and_write(source, target, size or _PART)
    if _share(source, target):
        return size
    os.ftruncate(target, size)
    offset = 0
    while offset < size:
        start, end = _next_data(source, offset, size)
        if start == end or not _copy_part(source, target, start, end):
            break
        offset = end
    return size


def send(source: int, target: int, size: int) -> int:
    """Write the next *size* bytes of *source* to *target*, a file, pipe or socket; how many there were."""
    left = size
    while left:
        try:
            sent = os.sendfile(target, source, None, min(left, _PART))
        except BlockingIOError:
            _wait_for_room(target)
            continue
        except OSError as error:
            if error.errno not in _NOT_IN_KERNEL:
                raise
            sent = _write_all(target, os.read(source, min(left, 1 << 20)))
        if not sent:
            break
        left -= sent
    return size - left


def _share(source: int, target: int) -> bool:
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError as error:
        if error.errno in _UNSHARED:
            return False
        raise
    return True


def _next_data(source: int, offset: int, size: int) -> "tuple[int, int]":
    """Where the next bytes that are no hole begin and end. See SEEK_DATA in lseek(2)."""
    try:
        start = os.lseek(source, offset, os.SEEK_DATA)
        return start, min(os.lseek(source, start, os.SEEK_HOLE), size)
    except OSError as error:
        if error.errno == errno.ENXIO:
            return offset, offset
        if error.errno == errno.EINVAL:
            return offset, size
        raise


def _copy_part(source: int, target: int, start: int, end: int) -> bool:
    """Copy bytes *start* to *end*; False when the file has become shorter."""
    os.lseek(source, start, os.SEEK_SET)
    os.lseek(target, start, os.SEEK_SET)
    return send(source, target, end - start) == end - start


def _read_and_write(source: int, target: int, most: int) -> int:
    total = 0
    while total < most and (data := os.read(source, min(most - total, _SMALL))):
        total += _write_all(target, data)
    return total


def _write_all(target: int, data: bytes) -> int:
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(target, view) :]
        except BlockingIOError:
            _wait_for_room(target)
    return len(data)


def _wait_for_room(target: int) -> None:
    import select

    select.select((), (target,), ())
