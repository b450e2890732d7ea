"""The workspace of sequences: samples as rows of letters, and a string whose letters are filled in."""
