"""The options that `run` and `create` share, and the few that `run` has alone."""

from pyker.cli.tree import identity_options as identity
from pyker.cli.tree import limit_options as limits
from pyker.cli.tree.definition import flag, many, text
from pyker.cli.tree.registry_options import REGISTRY

PROCESS = (
    many("-e", "--env", help="Set environment variables (K=V, or K to copy it from here)"),
    many("--env-file", help="Read in a file of environment variables"),
    text("-u", "--user", help="Username or UID (format: <name|uid>[:<group|gid>])"),
    text("-w", "--workdir", help="Working directory inside the container"),
    flag("-i", "--interactive", help="Keep STDIN open even if not attached"),
    flag("-t", "--tty", help="Allocate a pseudo-TTY"),
    flag("--privileged", help="Give extended privileges to this container or command"),
)
DETACH = (
    flag("-d", "--detach", help="Run in the background (run prints the container's id)"),
    text("--detach-keys", help="Override the key sequence for detaching a container"),
)
IDENTITY = (
    text("--name", help="Assign a name to the container"),
    text("-h", "--hostname", help="Container host name"),
    text("--domainname", help="Container NIS domain name"),
    many("-l", "--label", help="Set meta data on a container"),
    many("--label-file", help="Read in a line delimited file of labels"),
    many(
        "--annotation",
        metavar="map",
        help="Add an annotation to the container (passed through to the OCI config)",
    ),
    text("--cidfile", help="Write the container ID to the file"),
    text("--pidfile", help="Write the container process ID to the file, at every start"),
    text("--entrypoint", help="Overwrite the default ENTRYPOINT of the image"),
    many("-a", "--attach", help="Attach to STDIN, STDOUT or STDERR"),
    flag("--init", help="Run an init inside the container that forwards signals and reaps processes"),
    flag("--rm", help="Automatically remove the container and its anonymous volumes when it exits"),
    text("--restart", help='Restart policy to apply when a container exits (default "no")'),
    text("--stop-signal", help="Signal to stop the container"),
    text("--stop-timeout", metavar="int", help="Timeout (in seconds) to stop a container"),
    text("--log-driver", help="Logging driver: json-file, k8s-file, journald, passthrough or none"),
    many("--log-opt", help="Log driver options: max-size, max-file, compress, tag, labels, env, path"),
    text("--pull", help='Pull image before running ("always", "missing", "never") (default "missing")'),
    text("--platform", help="Set platform if the image is for several"),
    flag("-q", "--quiet", help="Suppress the pull output"),
    flag("--disable-content-trust", help="Accepted for Docker's sake, without effect"),
)
LIFE = (
    text("--health-cmd", help="Command to run to check health"),
    text("--health-interval", metavar="duration", help="Time between running the check (30s)"),
    text("--health-retries", metavar="int", help="Consecutive failures needed to report unhealthy (3)"),
    text("--health-start-period", metavar="duration", help="Time in which failures do not count (0s)"),
    text("--health-start-interval", metavar="duration", help="Time between checks in the start period (5s)"),
    text("--health-timeout", metavar="duration", help="Maximum time to allow one check to run (30s)"),
    text("--health-on-failure", help="What to do when unhealthy: none, kill, restart or stop"),
    flag("--no-healthcheck", help="Disable any container-specified HEALTHCHECK"),
    text("--timeout", metavar="int", help="Seconds a container may run before it is killed (0: no limit)"),
    text(
        "--sdnotify",
        help="Who tells $NOTIFY_SOCKET of being ready: container, conmon (pyker itself), healthy or ignore",
    ),
    many("--requires", help="Start these containers before (NAME[,NAME])"),
    flag("--replace", help="Remove the container that has the name given by --name, if there is one"),
)
FILES = (
    many("-v", "--volume", help="Bind mount a directory, or mount a volume (source:target[:options])"),
    many(
        "--mount", metavar="mount", help="Attach a filesystem mount to the container (type=bind,src=…,dst=…)"
    ),
    many("--tmpfs", help="Mount a tmpfs directory"),
    many("--volumes-from", help="Mount volumes from the specified container(s)"),
    many("--secret", help="Give the container a secret (NAME[,type=mount|env,target=,uid=,gid=,mode=])"),
    many("--device", help="Add a host device to the container, by path or as VENDOR/CLASS=NAME (CDI)"),
    text(
        "--gpus", metavar="gpu-request", help="GPUs to add: all, a number, or device=0,1 (by CDI, NVIDIA's)"
    ),
    text("--image-volume", help="What VOLUMEs of the image become: bind (default), tmpfs or ignore"),
    flag("--read-only-tmpfs", help="With --read-only, mount a tmpfs on /run, /tmp and /var/tmp"),
    flag("--rootfs", help="The first word is a directory with a root file system (PATH[:O]), not an image"),
    flag("--read-only", help="Mount the container's root filesystem as read only"),
    many("--storage-opt", help="Storage driver options (size= is refused: files cannot be limited)"),
    text("--shm-size", metavar="bytes", help="Size of /dev/shm"),
)
NETWORK = (
    text(
        "--network",
        "--net",
        metavar="network",
        help="Connect a container to a network: bridge, none, host, container:NAME",
    ),
    text("--ip", help="IPv4 address (e.g., 172.30.100.104)"),
    text("--ip6", help="IPv6 address (refused: the networks here carry IPv4)"),
    text("--mac-address", help="Container MAC address (e.g., 92:d0:c6:0a:29:33)"),
    many(
        "-p",
        "--publish",
        help="Publish a container's port(s) to the host ([[ip:]hostPort:]containerPort[/protocol])",
    ),
    flag("-P", "--publish-all", help="Publish all exposed ports to random ports"),
    many("--expose", help="Expose a port or a range of ports"),
    many("--dns", help="Set custom DNS servers"),
    many("--dns-option", "--dns-opt", help="Set DNS options"),
    many("--dns-search", help="Set custom DNS search domains"),
    many("--add-host", help="Add a custom host-to-IP mapping (host:ip, host:host-gateway)"),
)
RIGHTS = (
    many("--cap-add", help="Add Linux capabilities"),
    many("--cap-drop", help="Drop Linux capabilities"),
    many("--group-add", help="Add additional groups to join"),
    many("--security-opt", help="Security Options: seccomp=, no-new-privileges, systempaths=unconfined"),
    many("--sysctl", metavar="map", help="Sysctl options"),
    text("--pid", help="PID namespace to use: host or container:NAME"),
    text("--ipc", help="IPC mode to use: private, host or container:NAME"),
    text("--uts", help="UTS namespace to use: host"),
    text("--cgroupns", help="Cgroup namespace to use: host, private or container:NAME"),
)
PRESERVE = (
    many("--preserve-fd", metavar="fds", help="Pass these file descriptors into the container (3,5)"),
    text("--preserve-fds", metavar="uint", help="Pass this many file descriptors from 3 up"),
)
CREATE = (*PROCESS, *IDENTITY, *LIFE, *FILES, *NETWORK, *limits.CREATE, *RIGHTS, *identity.CREATE, *REGISTRY)
RUN = (
    *CREATE,
    *DETACH,
    *PRESERVE,
    *identity.RUN,
    flag("--sig-proxy", help="Proxy received signals to the process (default true)"),
)
EXEC = (
    *PROCESS,
    *DETACH,
    *PRESERVE,
    text("--cidfile", metavar="file", help="Read the container id from a file"),
    flag("-l", "--latest", help="Execute in the container created last"),
)
