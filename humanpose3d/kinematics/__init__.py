"""Joint angles, events and the numbers that people ask for, from marker trajectories. Pure functions of arrays."""
