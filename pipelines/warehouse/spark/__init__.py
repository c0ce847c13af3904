"""The build on Apache Spark: the same models over the same lake; its tables are then read into the release's file."""
