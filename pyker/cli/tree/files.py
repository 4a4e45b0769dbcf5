"""The commands on the files and the name of a container, and those that tidy."""

from pyker.cli.tree.definition import Definition, flag, many, text
from pyker.cli.tree.limit_options import SHARED

FILE_COMMANDS = (
    Definition(
        paths=("cp", "container cp"),
        body="cp",
        summary="Copy files/folders between a container and the local filesystem",
        usage="CONTAINER:SRC_PATH|SRC_PATH|- CONTAINER:DEST_PATH|DEST_PATH|-",
        least=2,
        most=2,
        options=(
            flag("-a", "--archive", help="Archive mode (copy all uid/gid information)"),
            flag("-L", "--follow-link", help="Always follow symbol link in SRC_PATH"),
            flag("--overwrite", help="Allow to replace a directory by a file and a file by a directory"),
            flag(
                "-q",
                "--quiet",
                help="Suppress progress output during copy. Progress output is automatically suppressed "
                "if no terminal is attached",
            ),
        ),
        examples=(
            "pyker cp web:/etc/nginx/nginx.conf .",
            "pyker cp site/. web:/srv/www",
            "pyker cp web:/var/log - | tar -tv",
        ),
        text="Containers may be running or not, and both ends may be containers. The rules are those of "
        "cp -r: into a directory that exists, as a new name beside it otherwise; 'SRC/.' copies the content "
        "of SRC. '-' as the source reads a tar archive (plain, gzip or zstd) and unpacks it in a directory "
        "of the container, as the destination writes one. Without -a, copies in a container belong to its "
        "root, copies on this machine to you, and those lose set-id bits and file capabilities. Devices are "
        "not copied to this machine.",
    ),
    Definition(
        paths=("diff", "container diff"),
        body="diff",
        summary="Inspect changes to files or directories on a container's filesystem",
        usage="CONTAINER",
        least=1,
        most=1,
        options=(text("--format", help="Format output: 'json' (one object a line) or a Go TEMPLATE"),),
        examples=("pyker diff web", "pyker diff --format '{{.Path}}' web"),
        text="A line a path: A was added, C changed, D deleted. Directories that something changed in are "
        "listed as changed, before their content. What pyker mounts is left out. Fields: .Type .Path.",
    ),
    Definition(
        paths=("export", "container export"),
        body="export",
        summary="Export a container's filesystem as a tar archive",
        usage="CONTAINER",
        least=1,
        most=1,
        options=(text("-o", "--output", help="Write to a file, instead of STDOUT"),),
        examples=("pyker export web > web.tar", "pyker export -o web.tar web"),
        text="The archive holds the merged view of image and container, without the content of volumes and "
        "without anything of the image's settings. A file given with -o appears when it is whole.",
    ),
    Definition(
        paths=("rename", "container rename"),
        body="rename",
        summary="Rename a container",
        usage="CONTAINER NEW_NAME",
        least=2,
        most=2,
        examples=("pyker rename web old-web",),
    ),
    Definition(
        paths=("port", "container port"),
        body="port",
        summary="List port mappings or a specific mapping for the container",
        usage="CONTAINER [PRIVATE_PORT[/PROTO]]",
        most=2,
        options=(
            flag("-a", "--all", help="List the port mappings of all containers"),
            flag("-l", "--latest", help="List the port mappings of the container created last"),
        ),
        examples=("pyker port web", "pyker port web 80/tcp"),
    ),
    Definition(
        paths=("container prune",),
        body="prune_containers",
        summary="Remove all stopped containers",
        most=0,
        options=(
            many("--filter", metavar="filter", help='Provide filter values (e.g. "until=<timestamp>")'),
            flag("-f", "--force", help="Do not prompt for confirmation"),
        ),
        examples=("pyker container prune", "pyker container prune -f --filter until=24h"),
        text="Filters: until, label, label!. Volumes stay.",
    ),
    Definition(
        paths=("container init",),
        body="init",
        summary="Make containers ready to start: their files, networks and limits, and a program that waits",
        usage="CONTAINER [CONTAINER...]",
        options=(
            flag("-a", "--all", help="Initialize all containers that can be"),
            flag("-l", "--latest", help="Initialize the container created last"),
        ),
        examples=("pyker container init web", "pyker start web"),
        text="`pyker start` then only lets the program begin. Until then the container can be looked at, by "
        "inspect and port, and its namespaces can be entered by its process id.",
    ),
    Definition(
        paths=("container exists",),
        body="container_exists",
        summary="Check if a container exists",
        usage="CONTAINER",
        least=1,
        most=1,
        examples=("pyker container exists web || pyker run -d --name web nginx",),
        text="The exit code is 0 when it does, 1 when it does not. Nothing is printed.",
    ),
    Definition(
        paths=("container clone",),
        body="clone",
        summary="Create a container like another one",
        usage="CONTAINER [NAME] [IMAGE]",
        least=1,
        most=3,
        options=(
            *SHARED,
            flag("--destroy", help="Remove the original container"),
            flag("-f", "--force", help="Let --destroy end the original when it runs"),
            text("--name", help="Name of the new container (default: the original's, with -clone)"),
            flag("--run", help="Start the new container"),
        ),
        examples=("pyker container clone web web2", "pyker container clone --run -m 1g web web-big"),
        text="The new container has what the original was asked for, and nothing of what that wrote. Both "
        "use the same volumes.",
    ),
    Definition(
        paths=("mount", "container mount"),
        body="mount",
        summary="Mount the root of containers on the machine, or list those that are",
        usage="[CONTAINER...]",
        options=(
            flag("-a", "--all", help="Mount all containers"),
            flag("-l", "--latest", help="Mount the container created last"),
            text("--format", help="Format output: 'json' (one object a line) or a Go TEMPLATE"),
            flag("--no-trunc", "--notruncate", help="Do not truncate output"),
        ),
        examples=("pyker mount web", "ls $(pyker mount web)/etc"),
        text="What a running container has mounted inside is not shown. Users call it in `pyker unshare`. "
        "Fields: .ID .Mountpoint .Names.",
    ),
    Definition(
        paths=("unmount", "umount", "container unmount", "container umount"),
        body="unmount",
        summary="Unmount the root of containers from the machine",
        usage="CONTAINER [CONTAINER...]",
        options=(
            flag("-a", "--all", help="Unmount all containers"),
            flag("-l", "--latest", help="Unmount the container created last"),
            flag("-f", "--force", help="Unmount even when somebody works in it"),
        ),
        examples=("pyker unmount web", "pyker unmount --all"),
    ),
    Definition(
        paths=("unshare",),
        body="unshare",
        summary="Run a command in the user namespace that your containers are made in",
        usage="[COMMAND] [ARG...]",
        interspersed=False,
        examples=("pyker unshare cat /proc/self/uid_map", "pyker unshare"),
        text="There you are root over the files of your containers and volumes: remove, chown and back them "
        "up as they see them. Without a command it is your shell. Containers that were started outside "
        "cannot be stopped from inside.",
    ),
)
