"""What the way of the mid-hip tells: how high a person jumps, how high a seat is, how steadily somebody stands.

`numbers` is the entry; it needs the floor and the person's place in the world, and never guesses either.
"""
