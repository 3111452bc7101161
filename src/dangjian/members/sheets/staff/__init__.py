"""The staff list of a human-resources system: what members do at work comes from there."""
