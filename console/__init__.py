"""What the `waldojo` command does, one module a subcommand; imported only when asked for."""
