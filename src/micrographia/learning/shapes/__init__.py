"""Training of the built-in models `outline` and `polyhedron` on simulated particles alone."""
