"""Pages.

``browse``: tree, list, one organisation. ``changes``: dated events. ``posts``: posts and terms. ``roles``: grants, delegations.
"""
