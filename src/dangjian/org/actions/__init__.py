"""Every write on organisations.

``tree``: set up, rename, move, dissolve. ``posts``: posts and terms. ``grants``: roles given and handed on.
``apart``: the three administrators and the Party's business are different people.
"""
