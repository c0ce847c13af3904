"""The gates between a build and its release. Whatever is wrong is found here, before anybody reads a number."""
