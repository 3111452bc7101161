"""Organisations by what people write: names, codes and ways down, and what comes near."""
