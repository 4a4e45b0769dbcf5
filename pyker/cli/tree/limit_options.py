"""The options of `run`, `create` and `update` about what a container may use of the machine."""

from pyker.cli.tree.definition import flag, many, text

_WEIGHT = text(
    "--blkio-weight",
    metavar="uint16",
    help="Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)",
)
_REALTIME = (
    text("--cpu-rt-period", metavar="int", help="Limit CPU real-time period in microseconds"),
    text("--cpu-rt-runtime", metavar="int", help="Limit CPU real-time runtime in microseconds"),
)
SHARED = (
    text("-m", "--memory", metavar="bytes", help="Memory limit"),
    text(
        "--memory-swap",
        metavar="bytes",
        help="Swap limit equal to memory plus swap: '-1' to enable unlimited swap",
    ),
    text("--memory-reservation", metavar="bytes", help="Memory soft limit"),
    text("--cpus", metavar="decimal", help="Number of CPUs"),
    text("-c", "--cpu-shares", metavar="int", help="CPU shares (relative weight)"),
    text("--cpu-period", metavar="int", help="Limit CPU CFS (Completely Fair Scheduler) period"),
    text("--cpu-quota", metavar="int", help="Limit CPU CFS (Completely Fair Scheduler) quota"),
    *_REALTIME,
    text("--cpuset-cpus", help="CPUs in which to allow execution (0-3, 0,1)"),
    text("--cpuset-mems", help="MEMs in which to allow execution (0-3, 0,1)"),
    text(
        "--pids-limit",
        metavar="int",
        help="Tune container pids limit (set -1 for unlimited; 2048 if not set)",
    ),
    _WEIGHT,
)
CREATE = (
    *SHARED,
    text("--memory-swappiness", metavar="int", help="Tune container memory swappiness (0 to 100) on v1"),
    flag("--oom-kill-disable", help="Disable OOM Killer, on v1"),
    text("--oom-score-adj", metavar="int", help="Tune host's OOM preferences (-1000 to 1000)"),
    many("--blkio-weight-device", help="Block IO weight (relative device weight, PATH:WEIGHT)"),
    many("--device-read-bps", help="Limit read rate (bytes per second) from a device (PATH:RATE)"),
    many("--device-write-bps", help="Limit write rate (bytes per second) to a device (PATH:RATE)"),
    many("--device-read-iops", help="Limit read rate (IO per second) from a device (PATH:RATE)"),
    many("--device-write-iops", help="Limit write rate (IO per second) to a device (PATH:RATE)"),
    many("--device-cgroup-rule", help="Add a rule to the cgroup allowed devices list (e.g. 'c 1:3 rwm')"),
    many("--cgroup-conf", help="Set a file of the control group v2 (e.g. memory.high=1073741824)"),
    text("--cgroup-parent", help="Parent cgroup for the container, below the root of the control groups"),
    text("--cgroups", help="Control group of the container (enabled|disabled|no-conmon)"),
    many("--ulimit", metavar="ulimit", help="Ulimit options (name=soft[:hard], or host for those set here)"),
)
