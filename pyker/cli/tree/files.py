"""The commands on the files and the name of a container, and those that tidy."""

from pyker.cli.tree.definition import Definition, text

FILE_COMMANDS = (
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
)
