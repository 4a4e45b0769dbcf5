"""How much of the machine a container may use: control groups v1, v2 and both at once (hybrid).

Chosen: files, written by ourselves, below the root of each tree (cgroupfs). Where systemd manages the v2 tree
a container's groups are in a scope that it delegates, so that two do not write one tree; that costs a D-Bus
conversation each start, over systemd's own socket, for no bus may run. Where it gives none, and on v1, the
groups are made without, for users below what it delegated to them. See cgroups(7).
"""
