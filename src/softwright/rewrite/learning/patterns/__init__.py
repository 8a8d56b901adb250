"""From edits to rules: the most general pattern that makes what the author made, and nothing else."""
