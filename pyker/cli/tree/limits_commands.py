"""The commands on what a container may use and uses: pause, unpause."""

from pyker.cli.tree.definition import Definition, flag

SEVERAL = "CONTAINER [CONTAINER...]"
LATEST = flag("-l", "--latest", help="Act on the container created last")

LIMITS_COMMANDS = (
    Definition(
        paths=("pause", "container pause"),
        body="pause",
        summary="Pause all processes within one or more containers",
        usage=SEVERAL,
        options=(flag("-a", "--all", help="Pause all running containers"), LATEST),
        examples=("pyker pause web", "pyker pause --all"),
        text="The processes stand still where they are until `unpause`, `kill` or `stop`. `exec` is refused "
        "meanwhile. Users can pause where systemd delegates control groups v2 to them.",
    ),
    Definition(
        paths=("unpause", "container unpause"),
        body="unpause",
        summary="Unpause all processes within one or more containers",
        usage=SEVERAL,
        options=(flag("-a", "--all", help="Unpause all paused containers"), LATEST),
        examples=("pyker unpause web", "pyker unpause --all"),
    ),
)
