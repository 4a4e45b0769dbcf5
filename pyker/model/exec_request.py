"""What `exec` was asked for, each word parsed once."""

from pyker.base.value import Value


class ExecRequest(Value):
    """One more process in a running container."""

    command: "tuple[str, ...]"
    tty: bool = False
    interactive: bool = False
    detach: bool = False
    user: str = ""
    working_directory: str = ""
    environment: "tuple[str, ...]" = ()  # "K=V", --env-file read and bare K looked up already
    privileged: bool = False
    detach_keys: str = ""
    descriptors: "tuple[int, ...]" = ()  # of the command, for the program beside 0, 1 and 2
