"""The commands on what a container may use, and what it uses."""

from pyker.cli.tree.container import which
from pyker.cli.tree.definition import Definition, flag, text
from pyker.cli.tree.limit_options import SHARED

SEVERAL = "CONTAINER [CONTAINER...]"
LATEST = flag("-l", "--latest", help="Act on the container created last")

LIMITS_COMMANDS = (
    Definition(
        paths=("pause", "container pause"),
        body="pause",
        summary="Pause all processes within one or more containers",
        usage=SEVERAL,
        options=which("-a", "-f"),
        examples=("pyker pause web", "pyker pause --all"),
        text="The processes stand still where they are until `unpause`, `kill` or `stop`. `exec` is refused "
        "meanwhile. Users can pause where systemd delegates control groups v2 to them.",
    ),
    Definition(
        paths=("unpause", "container unpause"),
        body="unpause",
        summary="Unpause all processes within one or more containers",
        usage=SEVERAL,
        options=which("-a", "-f"),
        examples=("pyker unpause web", "pyker unpause --all"),
    ),
    Definition(
        paths=("stats", "container stats"),
        body="stats",
        summary="Display a live stream of container(s) resource usage statistics",
        usage="[CONTAINER...]",
        options=(
            flag("-a", "--all", help="Show all containers (default shows just running)"),
            text(
                "--format",
                help="Format output: 'table', 'table TEMPLATE', 'json' (one object a line) or a Go TEMPLATE",
            ),
            flag("--no-stream", help="Disable streaming stats and only pull the first result"),
            flag("--no-trunc", help="Do not truncate output"),
            flag("--no-reset", help="Do not clear the screen between two readings"),
            text("-i", "--interval", metavar="int", help="Seconds between two readings (default 1)"),
            LATEST,
        ),
        examples=("pyker stats", "pyker stats --no-stream --format '{{.Name}} {{.MemUsage}}' web"),
        text="Fields: .Container .ID .Name .CPUPerc .MemUsage .MemPerc .NetIO .BlockIO .PIDs. CPU % is of "
        "one CPU since the reading before; in the first, since the container started. Memory is without the "
        "page cache that nobody used lately. Where a user has no control groups the figures are the sums "
        "of those of the processes.",
    ),
    Definition(
        paths=("update", "container update"),
        body="update",
        summary="Update configuration of one or more containers",
        usage=SEVERAL,
        least=1,
        options=(*SHARED, text("--restart", help="Restart policy to apply when a container exits")),
        examples=("pyker update -m 512m --memory-swap 1g web", "pyker update --restart always web db"),
        text="Limits of a running container change at once, those of another when it starts. What is not "
        "given, or given as 0, stays as it is.",
    ),
    Definition(
        paths=("top", "container top"),
        body="top",
        summary="Display the running processes of a container",
        usage="CONTAINER [ps OPTIONS|DESCRIPTOR...]",
        options=(LATEST,),
        interspersed=False,
        examples=("pyker top web", "pyker top web -o pid,user,rss,args", "pyker top web pid user capeff"),
        text="Options are those of this machine's ps(1), by default -ef; pids and users are this machine's. "
        "Descriptors show pids and users as the container sees them: args capamb capbnd capeff capinh capprm "
        "comm etime group groups hgroup hgroups hpid huser label nice pcpu pgid pid ppid rgroup rss ruser "
        "seccomp state stime time tty user vsz; those that begin with h are this machine's.",
    ),
)
