"""From directories to a root file system: layers stacked, volumes, the kernel's own file systems.

Chosen: detached trees (fsopen, open_tree) that are attached to descriptors (move_mount), so a path inside
an image is resolved once, by openat2 in its root, and can be swapped by nobody afterwards. Rejected:
mount(2) by name after a check (CVE-2021-30465 and its kin), and mount(8), which costs a process.
Everything happens in the mount namespace of a container's supervisor or of the container; the host's is
never touched, so the kernel cleans up whatever dies. See mount_namespaces(7), overlayfs.rst, openat2(2).
"""
