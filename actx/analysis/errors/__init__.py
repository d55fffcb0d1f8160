"""The sizes of errors: `computed` in floats, the others proven; `over_data` over inputs."""
