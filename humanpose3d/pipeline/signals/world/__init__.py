"""Where the person is: the vertical, the feet that stand, the floor below them, and the path over it.

This folder finds them in points in the camera's axes, whose y points down and z away, and turns those to the world.
It never bends a pose.
"""
