"""Made-up personal data: names from many languages, addresses, e-mail at example domains, phone numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.simulator import columns
from evergreen.simulator.arrays import Ints
from evergreen.simulator.columns import Column

# Given and family names as "written/letters for e-mail"; the family name comes first where `order` says so.
_LATIN_GIVEN = (
    "Ada Ben Clara Daniel Emma Felix Grace Henry Iris Jack Lucy Martin Nora Oliver Paula Robert "
    "Sophie Thomas Zoë/zoe Chloé/chloe François/francois Jérôme/jerome Léa/lea Jürgen/juergen "
    "Käthe/kaethe Søren/soeren Åsa/asa Björn/bjoern Łukasz/lukasz Zuzana Jiří/jiri Inés/ines "
    "José/jose Ångström/angstroem Siobhán/siobhan D'Arcy/darcy Aylin Çiğdem/cigdem Nguyễn/nguyen "
    "João/joao"
)
_LATIN_FAMILY = (
    "Ashworth Barnes Carter Dupont Eriksen Fischer García/garcia Hughes Ivanova Jansen Kowalski "
    "Lefèvre/lefevre Müller/mueller Novák/novak O'Brien/obrien Østergaard/oestergaard Pérez/perez "
    "Quinn Rossi Schäfer/schaefer Taylor Ünal/uenal Vargas Weiß/weiss Ximenes Young Żak/zak "
    "Smith-Jones de|la|Cruz/delacruz van|Dijk/vandijk"
)
_CHINESE_GIVEN = (
    "伟/wei 芳/fang 娜/na 敏/min 静/jing 丽/li 强/qiang 磊/lei 洋/yang 艳/yan 子涵/zihan 梓轩/zixuan"
)
_CHINESE_FAMILY = "王/wang 李/li 张/zhang 刘/liu 陈/chen 杨/yang 黄/huang 欧阳/ouyang"
_JAPANESE_GIVEN = "翔太/shota 陽菜/hina 結衣/yui 蓮/ren さくら/sakura ケン/ken"
_JAPANESE_FAMILY = "佐藤/sato 鈴木/suzuki 高橋/takahashi 田中/tanaka 渡辺/watanabe"
_KOREAN_GIVEN = "민준/minjun 서연/seoyeon 지우/jiwoo 하은/haeun"
_KOREAN_FAMILY = "김/kim 이/lee 박/park 최/choi"
_CYRILLIC_GIVEN = "Олена/olena Андрій/andrii Наталія/nataliia Дмитро/dmytro"
_CYRILLIC_FAMILY = "Шевченко/shevchenko Коваль/koval Бондар/bondar Ткач/tkach"

_CULTURES = (
    # share, given, family, written with a blank, family first
    (0.84, _LATIN_GIVEN, _LATIN_FAMILY, " ", False),
    (0.06, _CHINESE_GIVEN, _CHINESE_FAMILY, "", True),
    (0.04, _JAPANESE_GIVEN, _JAPANESE_FAMILY, " ", True),
    (0.03, _KOREAN_GIVEN, _KOREAN_FAMILY, "", True),
    (0.03, _CYRILLIC_GIVEN, _CYRILLIC_FAMILY, " ", False),
)
_ORNAMENTS = ("", " 🌻", " 🪴", " ✨", " 👩🏽‍🌾")
_ORNAMENT_SHARES = (0.985, 0.005, 0.004, 0.004, 0.002)
_STREETS = (
    "Linden Row",
    "Mill Lane",
    "Rue des Lilas",
    "Gartenstraße",
    "Calle Olmo",
    "Parkallee",
    "Plac Różany",
)
_TOWNS = ("Northmere", "Southwick", "Eastholm", "Westerley", "Port Meridian")  # by region
_DOMAINS = ("example.com", "example.org", "example.net")


@dataclass
class People:
    """Personal data of a block of customers, as columns."""

    full_name: Column
    email: Column
    phone: Column
    streets: Ints
    houses: Ints

    def address(self, rows: Ints, region: Ints, has_moved: Ints) -> Column:
        """Return addresses; after a move the street is another one."""
        import pyarrow.compute as pc

        street = columns.text(_STREETS, (self.streets[rows] + 3 * has_moved) % len(_STREETS))
        house = columns.label("", self.houses[rows] + has_moved)
        return pc.binary_join_element_wise(house, street, columns.text(_TOWNS, region[rows]), ", ")


def make_people(random: np.random.Generator, numbers: Ints) -> People:
    """Draw personal data for customers with these numbers (which make the e-mail addresses unique)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    n = len(numbers)
    culture = random.choice(len(_CULTURES), n, p=[share for share, *_ in _CULTURES])
    given, given_letters = _names([given for _, given, *_ in _CULTURES], culture, random)
    family, family_letters = _names([family for _, _, family, *_ in _CULTURES], culture, random)
    is_family_first = pa.array(np.array([first for *_, first in _CULTURES])[culture])
    blank = columns.text([blank for *_, blank, _ in _CULTURES], culture)
    name = pc.if_else(
        is_family_first,
        pc.binary_join_element_wise(family, blank, given, ""),
        pc.binary_join_element_wise(given, blank, family, ""),
    )
    ornament = columns.text(_ORNAMENTS, random.choice(len(_ORNAMENTS), n, p=_ORNAMENT_SHARES))
    domain = columns.text(_DOMAINS, random.integers(0, len(_DOMAINS), n))
    number = columns.label("", numbers)
    return People(
        full_name=pc.binary_join_element_wise(name, ornament, ""),
        email=pc.binary_join_element_wise(given_letters, ".", family_letters, number, "@", domain, ""),
        phone=pc.binary_join_element_wise(
            "+44 7700 9", columns.label("", random.integers(0, 10**5, n), 5), ""
        ),
        streets=random.integers(0, len(_STREETS), n),
        houses=random.integers(1, 160, n),
    )


def _names(cultures: list[str], culture: Ints, random: np.random.Generator) -> tuple[Column, Column]:
    """Draw a name of each culture; return it as written and in the letters of an e-mail address."""
    split = [[name.replace("|", " ").partition("/") for name in names.split(" ")] for names in cultures]
    names = [name for part in split for name in part]
    sizes = np.array([len(part) for part in split])
    starts = np.cumsum(sizes) - sizes
    chosen = starts[culture] + (random.random(len(culture)) * sizes[culture]).astype(np.int64)
    written = columns.text([name for name, _, _ in names], chosen)
    return written, columns.text([letters or name.lower() for name, _, letters in names], chosen)
