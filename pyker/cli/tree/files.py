"""The commands on the files and the name of a container, and those that tidy."""

from pyker.cli.tree.definition import Definition, flag, many, text

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
        paths=("container exists",),
        body="container_exists",
        summary="Check if a container exists",
        usage="CONTAINER",
        least=1,
        most=1,
        examples=("pyker container exists web || pyker run -d --name web nginx",),
        text="The exit code is 0 when it does, 1 when it does not. Nothing is printed.",
    ),
)
