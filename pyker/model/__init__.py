"""Nouns: frozen values, to and from JSON, without input or output."""
