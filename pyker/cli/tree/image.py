"""The commands on images."""

from pyker.cli.tree.container import FORMAT
from pyker.cli.tree.definition import Definition, flag, many, text

AUTHFILE = text("--authfile", help="File with logins, instead of pyker's own, Podman's and Docker's")
TLS = (
    text("--cert-dir", help="Directory with certificates for the registry (*.crt, *.cert, *.key)"),
    flag("--tls-verify", help="Require HTTPS and verify certificates (=false: neither)"),
)
REGISTRY = (AUTHFILE, *TLS, text("--creds", metavar="user:password", help="Who to be at the registry"))

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
        paths=("untag", "image untag"),
        body="untag",
        summary="Remove names from an image",
        usage="IMAGE [NAME[:TAG]...]",
        least=1,
        examples=("pyker untag busybox:latest", "pyker untag 0123456789ab busybox:1"),
        text="Without names the image loses all it has; it stays, and can be used by its id.",
    ),
    Definition(
        paths=("history", "image history"),
        body="history",
        summary="Show the history of an image",
        usage="IMAGE",
        least=1,
        most=1,
        options=(
            text("--format", help=FORMAT),
            flag("-H", "--human", help="Print sizes and dates in human readable format (default true)"),
            flag("--no-trunc", help="Don't truncate output"),
            flag("-q", "--quiet", help="Only show image IDs"),
        ),
        examples=("pyker history busybox", "pyker history --format '{{.Size}} {{.CreatedBy}}' busybox"),
        text="Fields: .ID .CreatedSince .CreatedAt .CreatedBy .Size .Comment.",
    ),
    Definition(
        paths=("image tree",),
        body="image_tree",
        summary="Draw the layers of images: who shares what, and which step made it",
        usage="[IMAGE]",
        most=1,
        options=(
            flag("--no-trunc", help="Don't truncate output"),
            flag("--whatrequires", help="Show the images that stand on the layers of IMAGE as well"),
        ),
        examples=("pyker image tree", "pyker image tree debian:12"),
        text="Each line is a layer upon the one above it: id, size, the step that made it, and the images of "
        "which it is the top.",
    ),
    Definition(
        paths=("save", "image save"),
        body="save",
        summary="Save one or more images to a tar archive (streamed to STDOUT by default)",
        usage="IMAGE [IMAGE...]",
        least=1,
        options=(
            text("-o", "--output", help="Write to a file, instead of STDOUT"),
            text("--format", help="docker-archive (default), oci-archive, oci-dir or docker-dir"),
            flag("-q", "--quiet", help="Accepted for Podman's sake: nothing is printed anyway"),
        ),
        examples=(
            "pyker save -o busybox.tar busybox:latest",
            "pyker save busybox debian | gzip > two.tar.gz",
        ),
        text="A name saves the image under that name, a repository without a tag every image in it, an id "
        "the image without a name. The default archive is a docker-archive and an OCI layout in one.",
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
        paths=("commit", "container commit"),
        body="commit",
        summary="Create a new image from a container's changes",
        usage="CONTAINER [REPOSITORY[:TAG]]",
        least=1,
        most=2,
        options=(
            text("-a", "--author", help='Author (e.g., "John Hannibal Smith <hannibal@a-team.com>")'),
            many("-c", "--change", help="Apply Dockerfile instruction to the created image"),
            text("-m", "--message", help="Commit message"),
            flag("-p", "--pause", help="Pause container during commit (default true)"),
            text("--iidfile", help="Write the image ID to the file"),
            flag("-q", "--quiet", help="Accepted for Podman's sake: nothing but the id is printed anyway"),
        ),
        examples=(
            "pyker commit web web:2",
            "pyker commit -m 'with tools' -c 'CMD [\"/bin/sh\"]' web web:2",
        ),
        text="Volumes are not among the changes, nor are the files that pyker mounts.",
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
            *REGISTRY,
        ),
        examples=("pyker pull debian:12", "pyker pull 127.0.0.1:5000/team/app@sha256:0123…"),
    ),
    Definition(
        paths=("push", "image push"),
        body="push",
        summary="Upload an image to a registry",
        usage="NAME[:TAG]",
        least=1,
        most=1,
        options=(
            flag("-a", "--all-tags", help="Push all tags of an image to the repository"),
            flag("-q", "--quiet", help="Suppress verbose output"),
            text("--digestfile", help="Write the digest of the pushed manifest to the file"),
            flag("--disable-content-trust", help="Accepted for Docker's sake, without effect"),
            *REGISTRY,
        ),
        examples=("pyker push 127.0.0.1:5000/team/app:1", "pyker push -a registry.example.com/team/app"),
        text="Layers and manifest go byte for byte as they came. A layer that came unpacked, from an import "
        "or an archive, is compressed on the way.",
    ),
    Definition(
        paths=("search", "image search"),
        body="search",
        summary="Search Docker Hub, or another registry, for images",
        usage="[HOST/]TERM",
        least=1,
        most=1,
        options=(
            many("-f", "--filter", metavar="filter", help="Filter output based on conditions provided"),
            text("--format", help=FORMAT),
            text("--limit", metavar="int", help="Max number of search results (default 25)"),
            flag("--list-tags", help="List the tags of the repository TERM"),
            flag("--no-trunc", help="Don't truncate output"),
            *REGISTRY,
        ),
        examples=("pyker search --filter is-official=true busybox", "pyker search --list-tags debian"),
        text="Filters: stars=N, is-official=true|false. Fields: .Name .Description .StarCount .IsOfficial; "
        "with --list-tags .Name .Tag.",
    ),
    Definition(
        paths=("login",),
        body="login",
        summary="Authenticate to a registry",
        usage="[SERVER]",
        most=1,
        options=(
            text("-u", "--username", help="Username"),
            text("-p", "--password", help="Password or Personal Access Token (PAT)"),
            flag("--password-stdin", help="Take the Password or Personal Access Token (PAT) from stdin"),
            flag("--get-login", help="Print who is logged in"),
            AUTHFILE,
            *TLS,
        ),
        examples=(
            "pyker login registry.example.com",
            "pyker login -u me --password-stdin 127.0.0.1:5000 < password",
        ),
        text="Without SERVER, Docker Hub is meant. The login is kept in auth.json of pyker's configuration "
        "(/etc/pyker, or ~/.config/pyker), in $REGISTRY_AUTH_FILE, or by the credential helper which that "
        "file names. Logins that podman and docker keep are used as well.",
    ),
    Definition(
        paths=("logout",),
        body="logout",
        summary="Log out from a registry",
        usage="[SERVER]",
        most=1,
        options=(flag("-a", "--all", help="Forget every login that pyker keeps"), AUTHFILE),
        examples=("pyker logout registry.example.com", "pyker logout --all"),
    ),
    Definition(
        paths=("image prune",),
        body="prune_images",
        summary="Remove unused images",
        most=0,
        options=(
            flag("-a", "--all", help="Remove all unused images, not just dangling ones"),
            many("--filter", metavar="filter", help='Provide filter values (e.g. "until=<timestamp>")'),
            flag("-f", "--force", help="Do not prompt for confirmation"),
            flag("--blobs", help="Remove the layers as they were pulled, which only push and save need"),
        ),
        examples=("pyker image prune", "pyker image prune -a -f --filter until=240h"),
        text="Filters: dangling, label, label!, until.",
    ),
    Definition(
        paths=("image exists",),
        body="image_exists",
        summary="Tell by the exit code whether an image is in the store",
        usage="IMAGE",
        least=1,
        most=1,
        examples=("pyker image exists busybox || pyker pull busybox",),
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
