"""A month of nights with random faults: `python -m tests.soak --nights 30 --seed N` (`make soak`)."""
