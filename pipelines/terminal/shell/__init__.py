"""`tenure shell`: SQL asked of one release, at a keyboard or from a pipe.

`session` answers statements and commands and knows neither; `keyboard` and `script` are the two ways in. `statements`
parts a text into statements, `catalogue` says what tables there are, `completion` what may be typed next.
"""
