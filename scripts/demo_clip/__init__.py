"""A rendered person who walks on a treadmill, with the exact position of every landmark."""
