"""An OCI runtime-spec config becomes a running process.

The parent's half is launch.py, the child's half child.py; message.py holds the words they exchange,
plan.py makes the config, exec.py joins a container that runs. The network is not this floor's business:
whoever calls *launch* wires it between "ready" and "go".
"""
