"""Reports of saved runs: their figures drawn by the views, and the page written as HTML or PDF."""
