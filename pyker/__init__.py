"""A container engine without a daemon.

Read it from the bottom: what exists, what the kernel can do, what each subject adds.

    7 cli          words in, words out: the only floor that prints or exits
    6 engine       the verbs, one use case a file
    5 supervisor   the parent that stays beside each container
    4 runtime      an OCI runtime-spec config made into a running process
    3 image layers mount namespaces security cgroup network
    2 kernel       one function, one system call
    1 model        frozen nouns
    0 base         errors, documents, locks, names, where things live

A module imports its own package and floors strictly below (tests/test_floors.py).
"""

__version__ = "0.1.0"
