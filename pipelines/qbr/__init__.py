"""The quarterly business review of one client, as a PPTX to edit and a PDF to send, from the published figures.

`queries` reads facts, `content` makes slides of them (the one truth for both formats), the two `*_deck` modules draw.
What a client must not see (margins, wallet, other clients, forecasts, our scores) is never read, but for the health
score, which `--internal` alone puts into speaker notes.
"""
