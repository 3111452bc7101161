"""Stories of the demonstration: what modules play, and the world they play in. No tables."""
