"""The options of each tool, one TOML file a tool; host/options/table.py reads them."""
