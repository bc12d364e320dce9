"""What the benchmarks share: models of the real sizes, a narrow link, measuring, and tables."""
