"""The challenges of the terminal: a task on a simulated host, a goal that the model checks, and what loses it."""
