"""The session keyring of a container is nobody else's."""

import os

from pyker.kernel.libc import syscall
from pyker.runtime.inside import leave_session_keyring

GET_KEYRING_ID, SESSION = 0, -3  # keyctl(2)


def keyring_of_a_new_process() -> int:
    """The serial number of the session keyring that a process joins."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        leave_session_keyring()
        os.write(writer, b"%d" % syscall("keyctl", GET_KEYRING_ID, SESSION, 0))
        os._exit(0)
    os.close(writer)
    os.waitpid(pid, 0)
    with open(reader, "rb") as file:
        return int(file.read())


def test_two_containers_have_two_session_keyrings() -> None:
    own = syscall("keyctl", GET_KEYRING_ID, SESSION, 0)

    assert len({own, keyring_of_a_new_process(), keyring_of_a_new_process()}) == 3
