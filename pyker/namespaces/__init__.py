"""What a process can see: the user namespace that lets an ordinary user be root of a container."""
