"""The checks, by topic, and the engine that applies them. Pure: an `Exchange` in, `Result`s out."""
