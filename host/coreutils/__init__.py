"""The ordinary commands, as GNU has them: over the tree of the host, and nothing else."""
