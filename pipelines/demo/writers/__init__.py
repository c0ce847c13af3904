"""From the simulated world to files in the systems' own export formats. Thin: nothing is decided here, only written."""
