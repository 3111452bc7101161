"""The papers of a transfer: the letter of introduction in its three parts, and the return slip."""
