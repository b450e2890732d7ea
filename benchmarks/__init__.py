"""What is claimed about speed, memory and quality, runnable.

`python -m benchmarks` measures the program against its targets; `benchmarks.time_to_quality`, `benchmarks.images`,
`benchmarks.inpainting` and `benchmarks.peers` what the families learn; `benchmarks.screenshots` renders the pictures of the
README. docs/benchmarks.md says how to read them.
"""
