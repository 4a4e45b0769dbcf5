"""The commands on containers."""

from inspect import Parameter

from pyker.cli.tree.definition import Definition, flag, many, text
from pyker.cli.tree.run_options import CREATE, EXEC, RUN

FORMAT = (
    "Format output: 'table', 'table TEMPLATE' (columns with headings), 'json' (one object a line) "
    "or a Go TEMPLATE"
)
ORDERS = "command, created, id, image, names, runningfor, size, status"
SEVERAL = "CONTAINER [CONTAINER...]"


def which(every: str, by: str) -> "tuple[Parameter, ...]":
    """The options that choose containers without naming them, --all and --filter with these short forms."""
    return (
        flag(*filter(None, (every, "--all")), help="Act on all containers that this is for"),
        flag("-l", "--latest", help="Act on the container created last"),
        many(
            *filter(None, (by, "--filter")),
            metavar="filter",
            help="Act on the containers that fit the conditions, which are those of ps",
        ),
        many("--cidfile", metavar="file", help="Read the container id from a file"),
    )


IGNORE = flag("-i", "--ignore", help="Ignore containers that do not exist")

CONTAINER_COMMANDS = (
    Definition(
        paths=("run", "container run"),
        body="run",
        summary="Create and run a new container from an image",
        usage="IMAGE [COMMAND] [ARG...]",
        least=1,
        options=RUN,
        interspersed=False,
        examples=(
            "pyker run --rm -it debian:12 bash",
            "pyker run -d --name web -p 8080:80 -v /srv/www:/usr/share/nginx/html:ro nginx",
            "pyker run --rm -m 256m --cpus 0.5 busybox:latest sh -c 'echo hello'",
        ),
        text="The exit code is the command's own; 125 when pyker fails, 126 when the command cannot be "
        "executed, 127 when it is not found, 128+n when signal n ended it.",
    ),
    Definition(
        paths=("create", "container create"),
        body="create",
        summary="Create a new container",
        usage="IMAGE [COMMAND] [ARG...]",
        least=1,
        options=CREATE,
        interspersed=False,
        examples=("pyker create -it --name box busybox sh", "pyker start -ai box"),
    ),
    Definition(
        paths=("attach", "container attach"),
        body="attach",
        summary="Attach local standard input, output, and error streams to a running container",
        usage="CONTAINER",
        least=1,
        most=1,
        options=(
            text("--detach-keys", help="Override the key sequence for detaching a container"),
            flag("--no-stdin", help="Do not attach STDIN"),
            flag("--sig-proxy", help="Proxy all received signals to the process (default true)"),
        ),
        examples=("pyker attach box", "pyker attach --no-stdin --sig-proxy=false web"),
        text="Any number of clients may be attached at once. ctrl-p ctrl-q detaches, where the container "
        "has a terminal.",
    ),
    Definition(
        paths=("start", "container start"),
        body="start",
        summary="Start one or more stopped containers",
        usage=SEVERAL,
        options=(
            flag("-a", "--attach", help="Attach STDOUT/STDERR and forward signals"),
            flag("-i", "--interactive", help="Attach container's STDIN"),
            text("--detach-keys", help="Override the key sequence for detaching a container"),
            flag("--sig-proxy", help="Proxy received signals to the process (default true)"),
            *which("", "-f"),
        ),
        examples=("pyker start web", "pyker start -ai box"),
    ),
    Definition(
        paths=("stop", "container stop"),
        body="stop",
        summary="Stop one or more running containers",
        usage=SEVERAL,
        options=(
            text(
                "-t",
                "--timeout",
                "--time",
                metavar="int",
                help="Seconds to wait before killing the container",
            ),
            text("-s", "--signal", help="Signal to send to the container"),
            *which("-a", "-f"),
            IGNORE,
        ),
        examples=("pyker stop web", "pyker stop -t 2 $(pyker ps -q)"),
    ),
    Definition(
        paths=("restart", "container restart"),
        body="restart",
        summary="Restart one or more containers",
        usage="[CONTAINER...]",
        options=(
            text(
                "-t",
                "--timeout",
                "--time",
                metavar="int",
                help="Seconds to wait before killing the container",
            ),
            text("-s", "--signal", help="Signal to send to the container"),
            flag("-a", "--all", help="Restart all containers, whatever their state"),
            flag("--running", help="Restart only the containers of all or of those named that run"),
            flag("-l", "--latest", help="Restart the container created last"),
        ),
        examples=("pyker restart web", "pyker restart -t 2 --running"),
    ),
    Definition(
        paths=("kill", "container kill"),
        body="kill",
        summary="Kill one or more running containers",
        usage=SEVERAL,
        options=(
            text("-s", "--signal", help="Signal to send to the container"),
            *which("-a", "-f"),
        ),
        examples=("pyker kill web", "pyker kill -s HUP web"),
    ),
    Definition(
        paths=("rm", "container rm", "container remove"),
        body="rm",
        summary="Remove one or more containers",
        usage=SEVERAL,
        options=(
            flag("-f", "--force", help="Force the removal of a running container (uses SIGKILL)"),
            flag("-v", "--volumes", help="Remove anonymous volumes associated with the container"),
            *which("-a", ""),
            IGNORE,
            flag("--depend", help="Remove the containers that depend on the selected ones as well"),
            text("-t", "--time", metavar="int", help="Seconds to wait for a stop before killing"),
        ),
        examples=("pyker rm web", "pyker rm -f $(pyker ps -aq)"),
    ),
    Definition(
        paths=("ps", "container ls", "container list", "container ps"),
        body="ps",
        summary="List containers",
        most=0,
        options=(
            flag("-a", "--all", help="Show all containers (default shows just running)"),
            many("-f", "--filter", metavar="filter", help="Filter output based on conditions provided"),
            text("--format", help=FORMAT),
            text("-n", "--last", metavar="int", help="Show n last created containers (includes all states)"),
            flag("-l", "--latest", help="Show the latest created container (includes all states)"),
            flag("--no-trunc", help="Don't truncate output"),
            flag("-q", "--quiet", help="Only display container IDs"),
            flag("-s", "--size", help="Display total file sizes"),
            flag("--noheading", help="Do not print the headings"),
            text("--sort", metavar="choice", help="Sort by: " + ORDERS),
            text("-w", "--watch", metavar="int", help="Clear the terminal and print again every n seconds"),
            flag("--ns", "--namespace", help="Display the namespaces of the containers"),
            flag("--external", help="Also show containers of other tools in the store: there are none"),
        ),
        examples=(
            "pyker ps -a",
            "pyker ps -aq --filter status=exited",
            "pyker ps --format 'table {{.Names}}\\t{{.Status}}'",
        ),
        text="Filters: id, name (a regular expression), label, exited, status, ancestor, before, since, "
        "volume, network, publish, expose, health, until, restart-policy, should-start-on-boot, command, "
        "label!. The same key again means or, different keys and "
        "labels mean and. Fields: .ID .Image .Command .CreatedAt .RunningFor .Ports .State .Status .Size "
        '.Names .Labels .Label "key" .Mounts .Networks .LocalVolumes .Platform .HealthStatus .Pid '
        ".ExitCode .ImageID .Restarts .Created .StartedAt .Exited .ExitedAt .ExposedPorts .AutoRemove "
        ".CIDFile.",
    ),
    Definition(
        paths=("logs", "container logs"),
        body="logs",
        summary="Fetch the logs of one or more containers",
        usage="CONTAINER [CONTAINER...]",
        options=(
            flag("-f", "--follow", help="Follow log output"),
            text(
                "--since",
                help='Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m")',
            ),
            text(
                "--until",
                help='Show logs before a timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m")',
            ),
            text("-n", "--tail", help='Number of lines to show from the end of the logs (default "all")'),
            flag("-t", "--timestamps", help="Show timestamps"),
            flag("--details", help="Show extra details provided to logs"),
            flag("--names", help="Show the name of the container before each line"),
            flag("--color", help="Show names or ids in colours"),
            flag("-l", "--latest", help="Show the logs of the latest created container"),
        ),
        examples=("pyker logs -f web", "pyker logs --since 10m --tail 100 -t web"),
    ),
    Definition(
        paths=("exec", "container exec"),
        body="exec",
        summary="Execute a command in a running container",
        usage="CONTAINER COMMAND [ARG...]",
        least=1,
        options=EXEC,
        interspersed=False,
        examples=("pyker exec -it web sh", "pyker exec -u www-data -w /srv web ls -l"),
    ),
    Definition(
        paths=("container inspect",),
        body="inspect_container",
        summary="Display detailed information on one or more containers",
        usage=SEVERAL,
        options=(
            text("-f", "--format", help="Format output using a Go TEMPLATE, or 'json'"),
            flag("-s", "--size", help="Display total file sizes"),
            flag("-l", "--latest", help="Inspect the container created last"),
        ),
        examples=("pyker container inspect -f '{{.State.Status}}' web",),
    ),
    Definition(
        paths=("wait", "container wait"),
        body="wait",
        summary="Block until one or more containers stop, then print their exit codes",
        usage="[CONTAINER...]",
        options=(
            many(
                "--condition",
                help="Wait for this instead: a state, stopped, healthy or unhealthy (again: any of them)",
            ),
            text("-i", "--interval", metavar="duration", help="Time between two looks (250ms)"),
            flag("--ignore", help="Print -1 for a container that does not exist"),
            flag("-l", "--latest", help="Wait for the container created last"),
        ),
        examples=("pyker wait web", "pyker wait --condition healthy web"),
        text="With a condition, -1 is printed for a container that did not end.",
    ),
    Definition(
        paths=("healthcheck run",),
        body="healthcheck",
        summary="Run the health check of a container once, now",
        usage="CONTAINER",
        least=1,
        most=1,
        options=(flag("--ignore-result", help="Exit with 0 whatever the check says"),),
        examples=("pyker healthcheck run web",),
        text="The exit code is 0 when the check succeeded and 1 when it did not.",
    ),
    Definition(
        paths=("container probe",),
        body="probe",
        summary="Run a health check in a process of its own",
        usage="[WORD...]",
        interspersed=False,
        hidden=True,
        examples=("pyker container probe 5",),
    ),
    Definition(
        paths=("container supervise",),
        body="supervise",
        summary="Go on supervising a container whose supervisor was parked",
        usage="[WORD...]",
        interspersed=False,
        hidden=True,
        examples=("pyker container supervise 5",),
    ),
)
