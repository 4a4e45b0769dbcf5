"""The commands on secrets."""

from pyker.cli.tree.definition import Definition, flag, many, text

SECRET_COMMANDS = (
    Definition(
        paths=("secret create",),
        body="secret_create",
        summary="Create a new secret from a file, - (standard input) or a variable",
        usage="NAME FILE|-",
        least=2,
        most=2,
        options=(
            flag("--env", help="Read the secret from the environment variable named instead of a file"),
            many("-l", "--label", help="Set meta data on the secret"),
            text("-d", "--driver", help='Where it is kept: only "file"'),
            flag("--replace", help="Replace a secret of this name"),
            flag("--ignore", help="Be content with a secret of this name"),
        ),
        examples=("pyker secret create password password.txt", "printf s3cret | pyker secret create key -"),
        text="Secrets are kept unencrypted in files that only their owner can read. A container gets one "
        "by `run --secret`; it keeps its own copy, which is not part of images made of it.",
    ),
    Definition(
        paths=("secret ls", "secret list"),
        body="secret_ls",
        summary="List secrets",
        most=0,
        options=(
            many("-f", "--filter", help="Filter by id= or name="),
            text("--format", help="Format output: 'table', 'table TEMPLATE', 'json' or a Go TEMPLATE"),
            flag("-q", "--quiet", help="Print ids only"),
            flag("-n", "--noheading", help="Do not print headings"),
        ),
        examples=("pyker secret ls",),
    ),
    Definition(
        paths=("secret inspect",),
        body="secret_inspect",
        summary="Tell what is known of one or more secrets",
        usage="SECRET [SECRET...]",
        least=1,
        options=(
            text("-f", "--format", help="Format output: 'json' or a Go TEMPLATE"),
            flag("--showsecret", help="Show what the secret says"),
        ),
        examples=("pyker secret inspect password",),
    ),
    Definition(
        paths=("secret rm", "secret remove"),
        body="secret_rm",
        summary="Remove one or more secrets",
        usage="[SECRET...]",
        options=(
            flag("-a", "--all", help="Remove all secrets"),
            flag("-i", "--ignore", help="Do not complain about secrets that do not exist"),
        ),
        examples=("pyker secret rm password",),
    ),
    Definition(
        paths=("secret exists",),
        body="secret_exists",
        summary="Exit with 0 when a secret exists, with 1 when not",
        usage="SECRET",
        least=1,
        most=1,
        examples=("pyker secret exists password",),
    ),
)
