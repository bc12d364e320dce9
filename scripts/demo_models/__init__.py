"""The parts of ``make_demo_models.py``: small models in the real formats, and the bundle that holds them."""
