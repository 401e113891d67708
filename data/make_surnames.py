"""Makes surnames.csv and its line in SHA256SUMS from the lists of surnames that come with Faker.

Run as `python data/make_surnames.py` from the course's folder, with Faker installed; the course itself does not need
it. The same version of Faker gives the same bytes on every machine.

A name is taken when helpers.names.alphabet.normalize writes it in the course's alphabet and leaves nothing out. Of each
language at most 500 names are taken, in the order of a hash, so that the choice favors nobody. Another hash, of the
name alone, puts it into the training, validation or test part: a name that several languages have is in one part only.
"""

import hashlib
import sys
from collections import Counter
from importlib import import_module

import making

from helpers.names.alphabet import normalize

MOST = 500                             # names of a language
TEST, VALIDATION = 0.20, 0.10          # of the names
# By language: Faker's providers, and of each the list of surnames that is read.
SOURCES = {
    "Croatian": {"hr_HR": "last_names"},
    "Dutch": {"nl_NL": "last_names"},
    "English": {"en_GB": "last_names"},
    "Estonian": {"et_EE": "last_names_est"},
    "Finnish": {"fi_FI": "last_names"},
    "French": {"fr_FR": "last_names", "fr_CA": "last_names"},
    "German": {"de_DE": "last_names", "de_AT": "last_names"},
    "Indonesian": {"id_ID": "last_names"},
    "Irish": {"ga_IE": "last_names"},
    "Italian": {"it_IT": "last_names"},
    "Polish": {"pl_PL": "unisex_last_names"},
    "Portuguese": {"pt_PT": "last_names", "pt_BR": "last_names"},
    "Spanish": {"es_ES": "last_names"},
    "Swedish": {"sv_SE": "last_names"},
    "Zulu": {"zu_ZA": "last_names"},
}


def fraction(text):
    """Return a number from 0 to 1 that depends on the text alone and looks random."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64


def lists():
    """Return the surnames of each language as Faker spells them."""
    def read(locale, name):
        return list(getattr(import_module(f"faker.providers.person.{locale}").Provider, name))

    found = {language: [name for source in sources.items() for name in read(*source)]
             for language, sources in SOURCES.items()}
    # Two forms of one name, his and hers, would be a name in the training part and nearly the same one in the test part.
    # So each beginning of three letters has one form only, which a hash chooses.
    found["Slovak"] = [name for form, which in enumerate(("last_names_male", "last_names_female")) for name in read("sk_SK", which)
                       if (fraction(f"form {normalize(name)[0][:3]}") >= 0.5) == form]
    # Faker has the father's name, and makes the surname from it.
    found["Icelandic"] = [name + ("son", "dóttir")[fraction(f"form {normalize(name)[0]}") >= 0.5]
                          for name in read("is_IS", "last_names_without_suffix")]
    return dict(sorted(found.items()))


def chosen(originals, language):
    """Return the names of one language that are taken, in the alphabet, each with its first original spelling."""
    names = {}
    for original in sorted(set(originals)):
        name, left_out = normalize(original)
        if name and not left_out and "," not in original and '"' not in original:
            names.setdefault(name, original)
    kept = sorted(names, key=lambda name: fraction(f"{language} {name}"))[:MOST]
    return {name: names[name] for name in sorted(kept)}


def part(name):
    """Return the part to which a name belongs, by a hash of the name alone."""
    place = fraction(name)
    return "test" if place < TEST else "validation" if place < TEST + VALIDATION else "train"


def main():
    try:
        import faker
    except ImportError:
        sys.exit("make_surnames.py reads the names from Faker, which is not installed: pip install Faker==40.54.0")
    rows, read = [], {}
    for language, originals in lists().items():
        names = chosen(originals, language)
        read[language] = (len(originals), len(names))
        rows += [(language, name, original, part(name)) for name, original in names.items()]
    making.publish("surnames.csv", ["language,name,original,part", *map(",".join, rows)])
    for language, (all_of_them, taken) in read.items():
        print(f"{language:11} {all_of_them:5} names in Faker, {taken:4} taken")
    spoken = Counter(name for _, name, _, _ in rows)
    print(f"{len(rows)} rows, {len(spoken)} names, {sum(count > 1 for count in spoken.values())} of several languages")
    print(Counter(row[3] for row in rows))
    print(f"from Faker {faker.VERSION}")


if __name__ == "__main__":
    main()
