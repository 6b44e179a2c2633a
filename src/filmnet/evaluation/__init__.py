"""How good the made frames are: metrics, and folders of triplets with their truth."""
