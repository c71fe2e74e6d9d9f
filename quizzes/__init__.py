"""Question banks whose answers the model proves: the room is kept, its first question comes with the next stage."""
