"""Images with exact truth: phantoms for tests and benchmarks, example micrographs to try."""
