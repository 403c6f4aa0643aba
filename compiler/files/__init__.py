"""Generated files on disk: their heads, which are as their specs say, and writing them."""
