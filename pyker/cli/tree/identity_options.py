"""The options of `run` and `create` about users, ids, variables and the files of /etc."""

from pyker.cli.tree.definition import flag, many, text

VARIABLES = (
    flag("--env-host", help="Give the container every variable of this environment"),
    many("--env-merge", help="Set a variable from the image's own (e.g. PATH=${PATH}:/opt/bin)"),
    flag("--http-proxy", help="Give the container the proxy variables of this environment"),
    many("--unsetenv", help="Leave out a variable that the image sets"),
    flag("--unsetenv-all", help="Leave out every variable that the image sets"),
)
NAMES = (
    text("--hosts-file", help="What /etc/hosts begins with: a file, or image, or none"),
    flag("--no-hosts", help="Leave the image's /etc/hosts as it is"),
    flag("--no-hostname", help="Leave the image's /etc/hostname as it is"),
    many("--link", help="Name another container in /etc/hosts (CONTAINER[:ALIAS])"),
)
ACCOUNTS = (
    flag("--passwd", help="Enter the container's user into /etc/passwd (default with --userns=keep-id)"),
    text("--passwd-entry", help="The line for it, with $USERNAME, $UID, $GID, $NAME and $HOME"),
    text("--group-entry", help="The line for its group in /etc/group, with $GROUPNAME, $GID and $USERLIST"),
    many("--hostuser", metavar="name", help="Enter a user of this machine into /etc/passwd"),
)
PROCESS = (
    text(
        "--systemd", metavar="word", help="Prepare for systemd: true when the command is one, false, always"
    ),
    text("--personality", metavar="domain", help="Execution domain of the processes: LINUX or LINUX32"),
    text("--umask", metavar="octal", help='File mode mask of the container\'s processes (default "0022")'),
    text("--tz", metavar="zone", help="Time zone of the container: Area/City, or local for this machine's"),
    text("--init-path", metavar="path", help="The init that --init runs"),
    text("--init-binary", metavar="path", help="The init that --init runs"),
    text("--runtime", help='The runtime to use: only "pyker-runtime"'),
)
IMAGE = (
    text("--arch", help="Architecture of the image, instead of this machine's"),
    text("--os", help="Operating system of the image, instead of this machine's"),
    text("--variant", help="Variant of the image's architecture, instead of this machine's"),
)
IDS = (
    text(
        "--userns",
        metavar="mode",
        help="User namespace: host, keep-id[:uid=,gid=], auto[:size=], nomap, container:NAME or ns:PATH",
    ),
    many("--uidmap", metavar="map", help="Map users of the container (CONTAINER_ID:HOST_ID:COUNT)"),
    many("--gidmap", metavar="map", help="Map groups of the container (CONTAINER_ID:HOST_ID:COUNT)"),
    text("--subuidname", metavar="name", help="Map users onto the range of this name in /etc/subuid"),
    text("--subgidname", metavar="name", help="Map groups onto the range of this name in /etc/subgid"),
)
CREATE = (
    *IDS,
    *ACCOUNTS,
    *VARIABLES,
    *NAMES,
    *PROCESS,
    *IMAGE,
)
RUN = (flag("--rmi", help="Remove the image as well when the container exits (with --rm)"),)
