"""`pyker commit`: a container's changes become an image."""

from pyker.cli.output import complain, say
from pyker.engine.commit import Wanted, commit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.base.home import Home
    from pyker.cli.parse import Arguments


def main(home: "Home", arguments: "Arguments") -> int:
    """Commit and print the id of the image."""
    name, *image = arguments.words
    wanted = Wanted(
        name=image[0] if image else "",
        author=arguments.text("author"),
        message=arguments.text("message"),
        changes=arguments.many("change"),
        pause=bool(arguments.options.get("pause", True)),
    )
    identity = commit(home, name, wanted, complain)
    if file := arguments.text("iidfile"):
        with open(file, "w", encoding="ascii") as target:
            target.write(identity)
    say(identity)
    return 0
