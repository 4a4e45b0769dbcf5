"""What `run` and `create` were asked for, each word parsed once."""

from pyker.base.value import Value
from pyker.model.limits import Limits
from pyker.model.port import PortMapping
from pyker.model.volume import TmpfsMount, VolumeMount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyker.model.identity import Identity
    from pyker.model.rare_limits import RareLimits
    from pyker.model.secret import SecretUse


class RunRequest(Value):
    """A container to be made: the command line in values; empty means "not said", the image then decides."""

    image: str
    command: "tuple[str, ...]" = ()
    entrypoint: "tuple[str, ...] | None" = None  # None: the image's; (): none at all
    name: str = ""
    environment: "tuple[str, ...]" = ()  # "K=V", --env-file read and bare K looked up already
    working_directory: str = ""
    user: str = ""
    groups: "tuple[str, ...]" = ()
    hostname: str = ""
    domainname: str = ""
    labels: "tuple[tuple[str, str], ...]" = ()
    annotations: "tuple[tuple[str, str], ...]" = ()
    tty: bool = False
    stdin_open: bool = False
    attach: "tuple[str, ...]" = ()  # streams, by default all that fit
    detach: bool = False
    remove: bool = False
    init: bool = False
    read_only: bool = False
    privileged: bool = False
    volumes: "tuple[VolumeMount, ...]" = ()
    tmpfs: "tuple[TmpfsMount, ...]" = ()
    devices: "tuple[str, ...]" = ()  # "host[:container[:rwm]]"
    secrets: "tuple[SecretUse, ...]" = ()
    image_volume: str = ""  # bind, tmpfs or ignore
    shm_size: int = 0  # bytes; 0 is the default of 64 MiB
    network: str = ""  # bridge, none, host, container:ID, pasta, slirp4netns; empty is the default
    address: str = ""
    mac_address: str = ""
    ports: "tuple[PortMapping, ...]" = ()
    publish_all: bool = False
    expose: "tuple[str, ...]" = ()  # "80/tcp"
    dns: "tuple[str, ...]" = ()
    dns_search: "tuple[str, ...]" = ()
    dns_options: "tuple[str, ...]" = ()
    add_hosts: "tuple[tuple[str, str], ...]" = ()  # (name, address or host-gateway)
    rootfs: "tuple[str, bool] | None" = None  # a directory instead of an image, and whether it stays as it is
    wishes: "Any" = None  # of the registry to pull from: see pyker.image.registry
    limits: Limits = Limits()
    ulimits: "tuple[tuple[str, int, int], ...]" = ()  # (RLIMIT_NAME, soft, hard)
    sysctls: "tuple[tuple[str, str], ...]" = ()
    cap_add: "tuple[str, ...]" = ()
    cap_drop: "tuple[str, ...]" = ()
    security: "tuple[str, ...]" = ()  # as --security-opt says them
    pid_mode: str = ""  # host, container:ID or private
    ipc_mode: str = ""
    uts_mode: str = ""
    cgroup_mode: str = ""
    stop_signal: str = ""
    stop_timeout: "int | None" = None  # seconds
    log_driver: str = ""
    log_options: "tuple[tuple[str, str], ...]" = ()
    restart: str = ""
    healthcheck: "tuple[tuple[str, object], ...]" = ()  # keys of Docker's Healthcheck over the image's
    life: "tuple[tuple[str, object], ...]" = ()  # Timeout, HealthcheckOnFailureAction, SdNotifyMode of Config
    requires: "tuple[str, ...]" = ()  # containers to be started before
    replacing: bool = False  # the container that has the name goes
    pull: str = "missing"  # missing, always or never
    platform: str = ""
    quiet: bool = False
    cidfile: str = ""
    descriptors: "tuple[int, ...]" = ()  # of the command, for the program beside 0, 1 and 2
    identity: "Identity | None" = None  # None: none of its options was given
    rare_limits: "RareLimits | None" = None  # as above
    create_command: "tuple[str, ...]" = ()
