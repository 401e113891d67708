"""Names as letters: the alphabet, names written in it, and the languages they come from."""

import unicodedata

import numpy as np

ALPHABET = "abcdefghijklmnopqrstuvwxyz '-"
# The languages of data/surnames.csv by family; LANGUAGES is the order of rows in pictures.
FAMILIES = {
    "Celtic": ("Irish",),
    "Germanic": ("English", "Dutch", "German", "Swedish", "Icelandic"),
    "Romance": ("French", "Italian", "Spanish", "Portuguese"),
    "Slavic": ("Croatian", "Slovak", "Polish"),
    "Finnic": ("Finnish", "Estonian"),
    "Austronesian": ("Indonesian",),
    "Bantu": ("Zulu",),
}
LANGUAGES = tuple(language for family in FAMILIES.values() for language in family)
# Letters that Unicode does not decompose into a Latin letter and an accent, and the apostrophes that people type.
_SPELT = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
                        "\u2019": "'", "\u2018": "'", "\u02bb": "'", "\u02bc": "'", "\u00b4": "'", "`": "'",
                        "\u2010": "-", "\u2011": "-", "\u2013": "-"})


def check_names(names):
    """Refuse a single string, and an empty list, where names are expected."""
    if isinstance(names, str):
        raise ValueError(f"names: expected a list of names, got the string {names!r}")
    if not len(names):
        raise ValueError("names: expected one name or more, got none")


def normalize(name):
    """Return a name in the course's alphabet, and a string of the characters that had to be left out.

    Capitals become lower case, accents are dropped (é is e, ß is ss, ø is o), and so are blanks
    at the ends and doubled blanks.

    Raises: ValueError when `name` is not a string.
    Shown in: notebook 09.
    """
    if not isinstance(name, str):
        raise ValueError(f"name: expected a string, got {name!r}")
    parts = unicodedata.normalize("NFKD", name.lower().translate(_SPELT))
    letters = [" " if part.isspace() else part for part in parts if not unicodedata.combining(part)]
    kept = "".join(letter for letter in letters if letter in ALPHABET)
    left_out = "".join(letter for letter in letters if letter not in ALPHABET)
    return " ".join(kept.split()), left_out


def encode(name):
    """Return the number of each letter: its place in ALPHABET.

    Shapes: (len(name),), int64; an empty name gives an empty array.
    Raises: ValueError when `name` is not a string, or holds characters outside the alphabet (named in the message).
    Shown in: notebook 09.
    """
    if not isinstance(name, str):
        raise ValueError(f"name: expected a string, got {name!r}")
    strangers = "".join(sorted(set(name) - set(ALPHABET)))
    if strangers:
        raise ValueError(f"name: expected letters of the alphabet {ALPHABET!r}, got {strangers!r} in {name!r}; "
                         "normalize(name) writes a name in this alphabet")
    return np.array([ALPHABET.index(letter) for letter in name], dtype=np.int64)
