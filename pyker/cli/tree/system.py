"""The commands on everything, and on pyker itself."""

from pyker.cli.tree.container import FORMAT
from pyker.cli.tree.definition import Definition, flag, many, text

SYSTEM_COMMANDS = (
    Definition(
        paths=("inspect",),
        body="inspect",
        summary="Return low-level information on containers and images",
        usage="NAME|ID [NAME|ID...]",
        options=(
            text("-f", "--format", help="Format output using a Go TEMPLATE, or 'json'"),
            flag("-s", "--size", help="Display total file sizes if the type is container"),
            flag("-l", "--latest", help="Inspect the container created last"),
            text("--type", help="Only inspect objects of the given type: container or image"),
        ),
        examples=("pyker inspect web", "pyker inspect -f '{{.NetworkSettings.IPAddress}}' web"),
    ),
    Definition(
        paths=("version",),
        body="version",
        summary="Show the pyker version information",
        most=0,
        options=(text("-f", "--format", help="Format output using a Go TEMPLATE, or 'json'"),),
        examples=("pyker version", "pyker version -f '{{.Server.Version}}'"),
    ),
    Definition(
        paths=("info", "system info"),
        body="info",
        summary="Display system-wide information",
        most=0,
        options=(text("-f", "--format", help="Format output using a Go TEMPLATE, or 'json'"),),
        examples=("pyker info", "pyker info -f '{{.Driver}}'"),
    ),
    Definition(
        paths=("events", "system events"),
        body="events",
        summary="Get real time events",
        most=0,
        options=(
            many("-f", "--filter", metavar="filter", help="Filter output based on conditions provided"),
            text("--format", help="Format output using a Go TEMPLATE, or 'json'"),
            text("--since", help="Show all events created since timestamp"),
            text("--until", help="Stream events until this timestamp"),
            flag("--stream", help="Go on with what is to come (default true)"),
        ),
        examples=(
            "pyker events --since 10m --filter type=container",
            "pyker events --filter event=die --format '{{.Actor.ID}} {{.Actor.Attributes.exitCode}}'",
        ),
        text="Filters: container, event, image, label, network, scope, type, volume. Fields: .Type .Action "
        ".Actor.ID .Actor.Attributes .ID .From .Status .Scope .Time .TimeNano. A boot begins anew.",
    ),
    Definition(
        paths=("system df",),
        body="df",
        summary="Show disk usage",
        most=0,
        options=(
            text("--format", help=FORMAT),
            flag("-v", "--verbose", help="Show detailed information on space usage"),
        ),
        examples=("pyker system df", "pyker system df -v"),
        text="What several images share counts once. Reclaimable is what no container needs: layers of "
        "unused images, stopped containers, unused volumes. Fields: .Type .TotalCount .Active .Size "
        ".Reclaimable.",
    ),
    Definition(
        paths=("system boot",),
        body="boot",
        summary="Start the containers that their restart policies want after a boot",
        most=0,
        examples=("pyker system boot",),
        text="For the service that make install ships, or for rc.local where there is no systemd. Those of "
        "--restart always are started, those of unless-stopped unless somebody had stopped them, those of "
        "on-failure when the machine ended them. A container that was never started stays so.",
    ),
    Definition(
        paths=("system shutdown",),
        body="shutdown",
        summary="Stop all containers so that 'system boot' starts the same ones again",
        most=0,
        options=(
            text(
                "-t",
                "--timeout",
                "--time",
                metavar="int",
                help="Seconds to wait before killing the containers",
            ),
        ),
        examples=("pyker system shutdown -t 5",),
    ),
    Definition(
        paths=("system prune",),
        body="prune_system",
        summary="Remove unused data",
        most=0,
        options=(
            flag("-a", "--all", help="Remove all unused images not just dangling ones"),
            many("--filter", metavar="filter", help='Provide filter values (e.g. "label=<key>=<value>")'),
            flag("-f", "--force", help="Do not prompt for confirmation"),
            flag("--volumes", help="Prune anonymous volumes"),
        ),
        examples=("pyker system prune", "pyker system prune -af --volumes"),
        text="Stopped containers go first, then what only they had. Filters: label, label!, until.",
    ),
    Definition(
        paths=("help",),
        body="help",
        summary="Help about any command",
        usage="[COMMAND]",
        examples=("pyker help run",),
        hidden=True,
    ),
)

SETTINGS = (
    text("--root", help="Where images, layers and containers are kept", metavar="directory"),
    text("--runroot", help="Where sockets and records of running containers are kept", metavar="directory"),
    text("--config", help="Location of client config files (accepted, without effect)", metavar="directory"),
    flag("-D", "--debug", help="Show where an unforeseen error came from"),
    text("-l", "--log-level", help="Accepted for Docker's sake, without effect"),
    flag("-v", "--version", help="Print version information and quit"),
    text("-H", "--host", help="Refused: pyker has no daemon to connect to"),
)
