"""Benchmarks: pyker beside podman, docker and bare runc, in one run, as ratios.

    make bench                       all of it (about twenty minutes, most of them spent by the peers)
    make bench BENCH='--only run'    the works whose name holds "run"
    make bench BENCH='--help'        the other options

Everything happens in namespaces of network, mounts and processes that end with the run, and in one
scratch directory: dockerd, bridges, firewall rules, stores and whatever hangs go away with them.
"""
