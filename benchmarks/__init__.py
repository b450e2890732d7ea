"""What is claimed about speed, memory and quality, runnable.

`python -m benchmarks` measures the program against its targets, `python -m benchmarks.quality` what each family learns,
`python -m benchmarks.screenshots` renders the pictures of the README. docs/benchmarks.md says how to read them.
"""
