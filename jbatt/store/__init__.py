"""What is kept on disk between runs: compiled executables and results."""
