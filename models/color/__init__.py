"""Colour science without media: sRGB, CIE LAB, Y'CbCr. Also used by the engine and the trainers."""
