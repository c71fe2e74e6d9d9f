"""Each tool's checks of its own command line: one module a tool, each with `settings(Parsed)`."""
