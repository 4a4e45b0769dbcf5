"""`pyker attach`: the streams of a container that runs."""

from pyker.engine.attach_container import attach_to

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Attach until the container ends; its exit code, 0 after detaching."""
    code = attach_to(
        home,
        arguments.words[0],
        stdin=not arguments.flag("no_stdin"),
        detach_keys=arguments.text("detach_keys"),
        sig_proxy=bool(arguments.options.get("sig_proxy", True)),
    )
    return code or 0
