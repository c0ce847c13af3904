"""The interactive dashboards: a Dash app over the live release, for each reader what they may see.

`server` puts the app together, `shell` is what stays on screen, `live_pages` builds and keeps pages, `components` turns
page views into Dash components, `downloads` into files. Pages, figures and words are those of the static site.
"""
