"""Figures for papers and slides: a view laid out anew at a width in centimetres, drawn as vectors or pixels."""
