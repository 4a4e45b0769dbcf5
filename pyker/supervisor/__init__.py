"""The parent that stays: one small process per container, which decides nothing.

It is forked from the command that starts the container, and owns the container's streams, the log,
the attach socket and the exit status. After a few quiet seconds it parks: it executes a program of
a few system calls (kernel/stub.py) that keeps its pid, children and descriptors in some 12 kB, and
turns back into Python at the first event. Rejected: exec of a fresh interpreter at every start (it
costs the start 10 ms), a program in C (nothing here may need a compiler), one supervisor for all
containers (a daemon by another name).
"""
