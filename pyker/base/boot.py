"""Which boot this is."""


def boot_id() -> str:
    """The kernel's name for this boot: records of another boot tell nothing about living processes."""
    with open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as file:
        return file.read().strip()
