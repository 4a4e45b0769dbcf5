"""Whom the process can talk to: bridges, addresses, names, published ports, networks for users.

Nothing here is kept that can be derived. The kernel holds links and rules; the run root holds one lease
for each container, and from the leases the firewall table can be made anew at any time. Rejected: a
daemon or proxy process for each port (it costs memory and hides the real source), and rules in tables
of other tools (their reload would lose ours, and ours would surprise them).

pyroute2 lives here alone, and only where a bridge is made; what `run` sends is packed by hand.
"""
