"""Members whose organisational relation goes from one branch to another: asked for, released, received."""
