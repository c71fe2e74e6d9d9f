"""Question banks whose answers are proved: each choice is a claim that an experiment on a host bears out or not."""
