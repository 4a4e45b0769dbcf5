"""The commands on images."""

from pyker.cli.tree.container import FORMAT
from pyker.cli.tree.definition import Definition, flag, many, text

IMAGE_COMMANDS = (
    Definition(
        paths=("images", "image ls", "image list"),
        body="images",
        summary="List images",
        usage="[REPOSITORY[:TAG]]",
        most=1,
        options=(
            flag("-a", "--all", help="Show all images (default hides intermediate images)"),
            flag("--digests", help="Show digests"),
            many("-f", "--filter", metavar="filter", help="Filter output based on conditions provided"),
            text("--format", help=FORMAT),
            flag("--no-trunc", help="Don't truncate output"),
            flag("-q", "--quiet", help="Only show image IDs"),
        ),
        examples=(
            "pyker images",
            "pyker images -q --filter dangling=true",
            "pyker images --format '{{.Repository}}:{{.Tag}} {{.Size}}'",
        ),
        text="Filters: before, dangling, id, label, reference, since, until. Fields: .ID .Repository .Tag "
        ".Digest .CreatedSince .CreatedAt .Size .Containers .SharedSize .UniqueSize .VirtualSize.",
    ),
    Definition(
        paths=("rmi", "image rm", "image remove"),
        body="rmi",
        summary="Remove one or more images",
        usage="IMAGE [IMAGE...]",
        least=1,
        options=(
            flag("-f", "--force", help="Force removal of the image"),
            flag("--no-prune", help="Do not delete untagged parents"),
        ),
        examples=("pyker rmi busybox:latest", "pyker rmi $(pyker images -q --filter dangling=true)"),
    ),
    Definition(
        paths=("tag", "image tag"),
        body="tag",
        summary="Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
        usage="SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
        least=2,
        most=2,
        examples=("pyker tag busybox:latest 127.0.0.1:5000/busybox:1",),
    ),
    Definition(
        paths=("load", "image load"),
        body="load",
        summary="Load an image from a tar archive or STDIN",
        most=0,
        options=(
            text("-i", "--input", help="Read from tar archive file, instead of STDIN"),
            flag("-q", "--quiet", help="Suppress the load output"),
        ),
        examples=("pyker load -i busybox.tar.gz", "pyker load < busybox.tar"),
    ),
    Definition(
        paths=("import", "image import"),
        body="import_image",
        summary="Import the contents from a tarball to create a filesystem image",
        usage="file|URL|- [REPOSITORY[:TAG]]",
        least=1,
        most=2,
        options=(
            many("-c", "--change", help="Apply Dockerfile instruction to the created image"),
            text("-m", "--message", help="Set commit message for imported image"),
            text("--platform", help="Set platform of the image"),
        ),
        examples=(
            "pyker import rootfs.tar base:1",
            "tar -C rootfs -c . | pyker import -c 'CMD [\"/bin/sh\"]' - base:1",
        ),
    ),
    Definition(
        paths=("pull", "image pull"),
        body="pull",
        summary="Download an image from a registry",
        usage="NAME[:TAG|@DIGEST]",
        least=1,
        most=1,
        options=(
            flag("-a", "--all-tags", help="Download all tagged images in the repository"),
            text("--platform", help="Set platform if the image is for several"),
            flag("-q", "--quiet", help="Suppress verbose output"),
            flag("--disable-content-trust", help="Accepted for Docker's sake, without effect"),
        ),
        examples=("pyker pull debian:12", "pyker pull 127.0.0.1:5000/team/app@sha256:0123…"),
    ),
    Definition(
        paths=("image inspect",),
        body="inspect_image",
        summary="Display detailed information on one or more images",
        usage="IMAGE [IMAGE...]",
        least=1,
        options=(text("-f", "--format", help="Format output using a Go TEMPLATE, or 'json'"),),
        examples=("pyker image inspect -f '{{json .RootFS.Layers}}' busybox",),
    ),
)
