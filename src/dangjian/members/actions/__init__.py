"""Every write on members: ``account`` (joins, moves, exits), ``reorganise`` (merge and split of branches), ``record`` (the person's data),
``groups``, ``proposals`` (corrections a member asks for)."""
