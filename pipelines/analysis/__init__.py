"""Questions to a release that one published number raises: why it moved, who else counts otherwise, on what it rests.

Each question is a pure core (exact decimals and fractions, no frame, no file) with a thin reader around it, and a
report that the writers turn into text or JSON. Every analysis first finds the published number again from its own rows
and stops where it does not. Nothing here publishes a figure.
"""
