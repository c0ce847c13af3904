"""Pages: what a page asks of a release, and the view it makes of the answer (numbers, sentences, figures, tables).

A view is plain data; `site` turns it into HTML. Nothing here knows where the page will be shown.
"""
