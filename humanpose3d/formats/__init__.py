"""Files that other programs read: TRC for OpenSim, CSV for everything else, written whole or not at all."""
