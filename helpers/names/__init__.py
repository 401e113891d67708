"""Surnames: letters as numbers, what counts them, and the networks that read and write them."""
