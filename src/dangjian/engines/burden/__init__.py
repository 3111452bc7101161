"""How much the platform asks of those who work with it: what they type, what is filled in for them, how long things take.

Counted are fields and days of organisations, never people: no row says who typed.
"""
