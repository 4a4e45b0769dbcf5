"""The options of every command that speaks to a registry."""

from pyker.cli.tree.definition import flag, text

AUTHFILE = text("--authfile", help="File with logins, instead of pyker's own, Podman's and Docker's")
TLS = (
    text("--cert-dir", help="Directory with certificates for the registry (*.crt, *.cert, *.key)"),
    flag("--tls-verify", help="Require HTTPS and verify certificates (=false: neither)"),
)
CREDENTIALS = (AUTHFILE, *TLS, text("--creds", metavar="user:password", help="Who to be at the registry"))
REGISTRY = (
    *CREDENTIALS,
    text("--retry", metavar="uint", help="How often to try again when the registry fails (4)"),
    text(
        "--retry-delay",
        metavar="duration",
        help="Time before each new try, up to 30s (250ms, doubled)",
    ),
)
