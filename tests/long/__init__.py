"""Long runs that prove what a move promises: raced by workers, and killed in the middle, again and again."""
