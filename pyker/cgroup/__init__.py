"""How much of the machine a container may use: control groups v1, v2 and both at once (hybrid).

Chosen: files, written by ourselves, below the root of each tree (cgroupfs), for users below what systemd
delegated to them. Asking systemd for a unit instead would cost a D-Bus conversation of some 10 ms each time,
and would not work where there is no systemd. See cgroups(7).
"""
