"""Walking: its heel strikes and toe-offs, and the gait parameters that follow from them."""
