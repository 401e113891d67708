"""Makes sunspots.csv and its line in SHA256SUMS from the yearly series that comes with statsmodels.

Run as `python data/make_sunspots.py`, with statsmodels installed; the course itself does not need it. The same
bytes come out on every machine.
"""

import sys

import making


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
    if any(number != round(number, 1) for _, number in rows):
        sys.exit(f"statsmodels {statsmodels.__version__}: expected numbers with one decimal, got more")
    making.publish("sunspots.csv", ["year,sunspot_number", *(f"{year},{number:.1f}" for year, number in rows)])
    print(f"{len(rows)} years from statsmodels {statsmodels.__version__}")


if __name__ == "__main__":
    main()
