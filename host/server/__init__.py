"""Running servers on the host: their directories, starts and stops, connections, and the WAL they write."""
