"""Makes sunspots.csv and its line in SHA256SUMS from the yearly series that comes with statsmodels.

Run as `python data/make_sunspots.py`, with statsmodels installed; the course itself does not need it. The same
bytes come out on every machine.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))       # so that it runs where only statsmodels is installed

from helpers.files import publish  # noqa: E402

FOLDER = Path(__file__).resolve().parent


def main():
    try:
        import statsmodels
        from statsmodels.datasets import sunspots
    except ImportError:
        sys.exit("make_sunspots.py reads the series from statsmodels, which is not installed: pip install statsmodels")
    table = sunspots.load_pandas().data
    rows = [(int(year), float(number)) for year, number in zip(table["YEAR"], table["SUNACTIVITY"], strict=True)]
    if [year for year, _ in rows] != list(range(1700, 2009)):
        sys.exit(f"statsmodels {statsmodels.__version__}: expected the years 1700 to 2008, got {len(rows)} others")
    lines = ["year,sunspot_number"] + [f"{year},{number:.1f}" for year, number in rows]
    if any(float(line.split(",")[1]) != number for line, (_, number) in zip(lines[1:], rows, strict=True)):
        sys.exit(f"statsmodels {statsmodels.__version__}: expected numbers with one decimal, got more")
    content = "".join(line + "\n" for line in lines).encode("ascii")
    checksum = publish(FOLDER / "sunspots.csv", content)
    print(f"sunspots.csv: {len(rows)} years from statsmodels {statsmodels.__version__}, SHA-256 {checksum}")


if __name__ == "__main__":
    main()
