"""The command line: ``humanpose3d ...``."""
