"""What a supervisor needs to know of a container's log, beyond the usual: drivers, places, attributes."""

from pyker.base.ids import short
from pyker.base.jsonfile import dumps
from pyker.model.log_config import JOURNALD, tag_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyker.model.container import Container


def log_path(container: "Container") -> str:
    """The file of *container*'s log."""
    return str(container.config["host"]["LogConfig"]["Config"].get("path") or f"{container.path}/ctr.log")


def log_options(container: "Container") -> "tuple[tuple[str, str], ...]":
    """The options of its driver, with what each record is to carry worked out, as "attrs"."""
    log = container.config["host"]["LogConfig"]
    attributes = _attributes(container, log["Config"])
    if log["Type"] == JOURNALD:
        attributes = _fields(container, attributes)
    carried = (("attrs", dumps(attributes)),) if attributes else ()
    return (*log["Config"].items(), *carried)


def _attributes(container: "Container", options: "dict[str, str]") -> "dict[str, str]":
    """The tag, and the labels and variables that are named. See Docker's "json-file logging driver"."""
    config = container.config["config"]
    found = {}
    if tag := options.get("tag"):
        found["tag"] = tag_of(tag, _facts(container))
    labels = config.get("Labels") or {}
    variables = dict(text.partition("=")[::2] for text in config.get("Env") or ())
    for asked, known in (("labels", labels), ("env", variables)):
        names = [name for name in options.get(asked, "").split(",") if name in known]
        found.update({name: known[name] for name in names})
    return found


def _facts(container: "Container") -> "dict[str, str]":
    return {
        "ID": short(container.id),
        "FullID": container.id,
        "Name": container.name,
        "ImageID": short(container.image_id),
        "ImageFullID": container.image_id,
        "ImageName": container.config["image"],
        "DaemonName": "pyker",
    }


def _fields(container: "Container", attributes: "dict[str, str]") -> "dict[str, str]":
    """The fields of a journal entry, named as Docker's journald driver names them."""
    tag = attributes.pop("tag", short(container.id))
    more = {
        "".join(sign if sign.isalnum() else "_" for sign in name).upper(): value
        for name, value in attributes.items()
    }
    return {
        **more,
        "CONTAINER_ID": short(container.id),
        "CONTAINER_ID_FULL": container.id,
        "CONTAINER_NAME": container.name,
        "CONTAINER_TAG": tag,
        "IMAGE_NAME": container.config["image"],
        "SYSLOG_IDENTIFIER": tag,
    }
