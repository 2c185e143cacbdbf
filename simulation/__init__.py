"""The whole system in one process, on a virtual clock, under one seed: docs/simulation.md."""
