"""The command line of `pyker-runtime`: runc's words, as values that parse, help and the man page share."""

from pyker.base.value import Value

FLAG, TEXT, NUMBER, LIST, NUMBERS = "flag", "text", "number", "list", "numbers"
NAME = "pyker-runtime"


class Option(Value):
    """One option: its long name, what it takes, its one-letter name, and what it does."""

    name: str
    kind: str
    short: str
    help: str
    default: str = ""


class Command(Value):
    """One command: module and function that do it, how many words it takes, what it is for."""

    module: str
    usage: str
    least: int
    most: int
    help: str
    options: "tuple[Option, ...]" = ()
    words: str = "<container-id>"


BUNDLE = Option(
    "bundle", TEXT, "b", "path to the root of the bundle directory, defaults to the current directory"
)
CONSOLE = Option(
    "console-socket",
    TEXT,
    "",
    "path to an AF_UNIX socket which will receive a file descriptor referencing the master end of the console's pseudoterminal",
)
PID_FILE = Option("pid-file", TEXT, "", "specify the file to write the process id to")
DETACH = Option("detach", FLAG, "d", "detach from the container's process")
PRESERVE = Option(
    "preserve-fds",
    NUMBER,
    "",
    "Pass N additional file descriptors to the container (stdio + $LISTEN_FDS + N in total)",
    "0",
)
FORMAT = Option("format", TEXT, "f", "select one of: table or json", "table")
ROOT = (
    Option(
        "no-pivot",
        FLAG,
        "",
        "do not use pivot root to jail process inside rootfs.  This should be used whenever the rootfs is on top of a ramdisk",
    ),
    Option(
        "no-new-keyring",
        FLAG,
        "",
        "do not create a new session keyring for the container.  This will cause the container to inherit the calling processes session key",
    ),
    PRESERVE,
)

GLOBAL = (
    Option("debug", FLAG, "", "show where an internal error came from"),
    Option("log", TEXT, "", "set the log file to write runtime logs to (default is '/dev/stderr')"),
    Option("log-format", TEXT, "", "set the log format ('text' (default), or 'json')", "text"),
    Option(
        "root", TEXT, "", "root directory for storage of container state (this should be located in tmpfs)"
    ),
    Option(
        "systemd-cgroup",
        FLAG,
        "",
        'enable systemd cgroup support, expects cgroupsPath to be of form "slice:prefix:name" for e.g. "system.slice:runc:434234"',
    ),
    Option("criu", TEXT, "", "accepted and ignored: there is no checkpoint here"),
    Option("rootless", TEXT, "", "ignore cgroup permission errors ('true', 'false', or 'auto')", "auto"),
    Option("help", FLAG, "h", "show help"),
    Option("version", FLAG, "v", "print the version"),
)

_LIMITS = (
    ("blkio-weight", NUMBER, "Specifies per cgroup weight, range is from 10 to 1000"),
    ("cpu-period", NUMBER, "CPU CFS period to be used for hardcapping (in usecs). 0 to use system default"),
    ("cpu-quota", NUMBER, "CPU CFS hardcap limit (in usecs). Allowed cpu time in a given period"),
    ("cpu-share", NUMBER, "CPU shares (relative weight vs. other containers)"),
    (
        "cpu-rt-period",
        NUMBER,
        "CPU realtime period to be used for hardcapping (in usecs). 0 to use system default",
    ),
    ("cpu-rt-runtime", NUMBER, "CPU realtime hardcap limit (in usecs). Allowed cpu time in a given period"),
    ("cpuset-cpus", TEXT, "CPU(s) to use"),
    ("cpuset-mems", TEXT, "Memory node(s) to use"),
    ("memory", TEXT, "Memory limit (in bytes)"),
    ("memory-reservation", TEXT, "Memory reservation or soft_limit (in bytes)"),
    ("memory-swap", TEXT, "Total memory usage (memory + swap); set '-1' to enable unlimited swap"),
    ("pids-limit", NUMBER, "Maximum number of pids allowed in the container"),
)

COMMANDS = {
    "create": Command(
        "life",
        "create a container",
        1,
        1,
        'The create command creates an instance of a container for a bundle. The bundle\nis a directory with a specification file named "config.json" and a root\nfilesystem. Its program waits for the start command.',
        (BUNDLE, CONSOLE, PID_FILE, *ROOT),
    ),
    "delete": Command(
        "life",
        "delete any resources held by the container often used with detached container",
        1,
        1,
        "The delete command removes a container that is stopped or was only created.",
        (Option("force", FLAG, "f", "Forcibly deletes the container if it is still running (uses SIGKILL)"),),
    ),
    "events": Command(
        "figures",
        "display container events such as OOM notifications, cpu, memory, and IO usage statistics",
        1,
        1,
        "The events command displays information about the container. By default the\ninformation is displayed once every 5 seconds.",
        (
            Option("interval", TEXT, "", "set the stats collection interval", "5s"),
            Option("stats", FLAG, "", "display the container's stats then exit"),
        ),
    ),
    "exec": Command(
        "exec",
        "execute new process inside the container",
        1,
        -1,
        "The exec command runs a further process in a container that runs, given as\nwords or as an OCI process in a file.",
        (
            CONSOLE,
            Option("cwd", TEXT, "", "current working directory in the container"),
            Option("env", LIST, "e", "set environment variables"),
            Option("tty", FLAG, "t", "allocate a pseudo-TTY"),
            Option("user", TEXT, "u", "UID (format: <uid>[:<gid>])"),
            Option("additional-gids", NUMBERS, "g", "additional gids"),
            Option("process", TEXT, "p", "path to the process.json"),
            DETACH,
            PID_FILE,
            Option(
                "process-label",
                TEXT,
                "",
                "set the asm process label for the process commonly used with selinux",
            ),
            Option("apparmor", TEXT, "", "set the apparmor profile for the process"),
            Option("no-new-privs", FLAG, "", "set the no new privileges value for the process"),
            Option("cap", LIST, "c", "add a capability to the bounding set for the process"),
            PRESERVE,
            Option("ignore-paused", FLAG, "", "allow exec in a paused container"),
        ),
        "<container-id> <command> [command options]  || -p process.json <container-id>",
    ),
    "kill": Command(
        "life",
        "kill sends the specified signal (default: SIGTERM) to the container's init process",
        1,
        2,
        "The kill command sends a signal, by name or number.",
        (Option("all", FLAG, "a", "send the specified signal to all processes inside the container"),),
        "<container-id> [signal]",
    ),
    "list": Command(
        "show",
        "lists containers started by pyker-runtime with the given root",
        0,
        0,
        'The list command shows the containers below the global option "--root".',
        (FORMAT, Option("quiet", FLAG, "q", "display only container IDs")),
        "",
    ),
    "pause": Command(
        "life",
        "pause suspends all processes inside the container",
        1,
        1,
        "The pause command suspends all processes in the instance of the container.",
    ),
    "ps": Command(
        "show",
        "ps displays the processes running inside a container",
        1,
        -1,
        "The ps command runs the host's ps with the options given (-ef without any) and\nshows the container's lines.",
        (FORMAT,),
        "<container-id> [ps options]",
    ),
    "resume": Command(
        "life",
        "resumes all processes that have been previously paused",
        1,
        1,
        "The resume command resumes all processes in the instance of the container.",
    ),
    "run": Command(
        "life",
        "create and run a container",
        1,
        1,
        'The run command creates an instance of a container for a bundle and starts it. The\nbundle is a directory with a specification file named "config.json" and a root\nfilesystem.',
        (
            BUNDLE,
            CONSOLE,
            DETACH,
            Option("keep", FLAG, "", "do not delete the container after it exits"),
            PID_FILE,
            Option(
                "no-subreaper", FLAG, "", "disable the use of the subreaper used to reap reparented processes"
            ),
            *ROOT,
        ),
    ),
    "spec": Command(
        "template",
        "create a new specification file",
        0,
        0,
        'The spec command creates the new specification file named "config.json" for\nthe bundle. It is a starting point to be edited: its program is "sh".',
        (
            Option("bundle", TEXT, "b", "path to the root of the bundle directory"),
            Option("rootless", FLAG, "", "generate a configuration for a rootless container"),
        ),
        "",
    ),
    "start": Command(
        "life",
        "executes the user defined process in a created container",
        1,
        1,
        "The start command executes the user defined process in a created container.",
    ),
    "state": Command(
        "show",
        "output the state of a container",
        1,
        1,
        "The state command outputs current state information for the\ninstance of a container.",
    ),
    "update": Command(
        "limits",
        "update container resource constraints",
        1,
        1,
        "The update command changes limits; what is not named stays as it is. With\n--resources, all other options are ignored.",
        (
            Option(
                "resources",
                TEXT,
                "r",
                "path to the file containing the resources to update or '-' to read from the standard input",
            ),
            *(Option(name, kind, "", text) for name, kind, text in _LIMITS),
        ),
    ),
    "features": Command(
        "features", "show the enabled features", 0, 0, "Show the enabled features, as JSON.", (), ""
    ),
}
