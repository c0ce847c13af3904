"""The data dictionary: one self-contained page of every published table, its columns and where they come from.

`content.py` puts together what is known of them, `graph.py` the ways between columns, `words.py` says units and rights,
`page.py` writes the page. What the browser does by itself is in `dictionary.js`.
"""
