"""Numerals of every form to exact decimals.

Here belongs the reading of one numeral string. Finding numerals in a text, and what they count, does not.
"""

from __future__ import annotations

import re
from decimal import Decimal

DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")}
DIGITS |= {
    "〇": 0,
    "○": 0,
    "两": 2,
    "俩": 2,
    "壹": 1,
    "贰": 2,
    "叁": 3,
    "肆": 4,
    "伍": 5,
    "陆": 6,
    "柒": 7,
    "捌": 8,
    "玖": 9,
}
TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
PACKED_TENS = {"廿": 20, "卅": 30}
MYRIADS = {"万": 10_000, "亿": 100_000_000}
MULTIPLIERS = {
    "十": Decimal(10),
    "百": Decimal(100),
    "千": Decimal(1_000),
    "万": Decimal(10_000),
    "十万": Decimal(100_000),
    "百万": Decimal(1_000_000),
    "千万": Decimal(10_000_000),
    "亿": Decimal(100_000_000),
    "万亿": Decimal(1_000_000_000_000),
    "": Decimal(1),
}

_PLAIN = re.compile(r"\d+(?:\.\d+)?")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_BLANKED = re.compile(r"\d{1,3}(?: \d{3})+(?:\.\d+)?|\d(?: \d)+")


class NumeralError(ValueError):
    """The string is no numeral, or a malformed one (``1,23,4``, ``3.5.2``, 一百百)."""


def read_arabic(text: str) -> Decimal:
    """A numeral in ASCII digits: plain, with thousands marks, or split by single blanks.

    Raises ``NumeralError`` for anything else.
    """
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    if _THOUSANDS.fullmatch(text):
        return Decimal(text.replace(",", ""))
    if _BLANKED.fullmatch(text):
        return Decimal(text.replace(" ", ""))
    raise NumeralError(text)


def _read_below_myriad(text: str) -> int:
    """Four places at most: 三千二百零五, 十二, 廿三, or digits in a row (一二〇)."""
    if not text:
        raise NumeralError(text)
    if len(text) > 1 and all(char in DIGITS for char in text):
        if any(char in "两俩" for char in text):
            raise NumeralError(text)
        # 三五, 七八: neighbours said loosely, not a number; three places or a zero make it one.
        if len(text) == 2 and "〇" not in text and "零" not in text:
            raise NumeralError(text)
        return int("".join(str(DIGITS[char]) for char in text))
    total, digit, last_place, zero = 0, -1, 10_000, False
    for char in text:
        if char in DIGITS:
            if DIGITS[char] == 0:
                if digit >= 0:
                    raise NumeralError(text)
                zero = True
                continue
            if digit >= 0:
                raise NumeralError(text)
            digit = DIGITS[char]
        elif char in PACKED_TENS:
            if digit >= 0 or last_place <= 10:
                raise NumeralError(text)
            total, last_place = total + PACKED_TENS[char], 10
        elif char in TENS:
            place = TENS[char]
            if place >= last_place:
                raise NumeralError(text)
            if digit < 0:
                # A bare 十 is ten; a bare 百 or 千 is not said in full numbers.
                if place != 10 and total == 0 and len(text) > 1:
                    raise NumeralError(text)
                digit = 1
            total, digit, last_place, zero = total + digit * place, -1, place, False
        else:
            raise NumeralError(text)
    if digit >= 0:
        # 二百五 is 250, 二百零五 is 205.
        tail = last_place // 10 if last_place not in (10_000, 10) and not zero else 1
        total += digit * tail
    elif zero and total == 0 and text not in ("零", "〇", "○"):
        raise NumeralError(text)
    return total


def read_chinese(text: str) -> Decimal:
    """A whole number or decimal in Chinese numerals, 万 and 亿 included (两亿三千万, 一万零五十, 三点五).

    Raises ``NumeralError`` for anything else, loose neighbours (两三) included.
    """
    if not text:
        raise NumeralError(text)
    if "点" in text:
        whole, _, fraction = text.partition("点")
        if not fraction or any(char not in DIGITS for char in fraction):
            raise NumeralError(text)
        digits = "".join(str(DIGITS[char]) for char in fraction)
        return read_chinese(whole) + Decimal(f"0.{digits}")
    total, rest = 0, text
    for mark in ("亿", "万"):
        head, found, tail = rest.partition(mark)
        if found:
            if mark in tail or not head:
                raise NumeralError(text)
            total += (
                _read_below_myriad(head) * MYRIADS[mark]
                if "万" not in head
                else int(read_chinese(head)) * MYRIADS[mark]
            )
            rest = tail
            if rest and rest[0] not in "零〇" and len(rest) == 1 and rest in DIGITS:
                # 三万五 is 35,000.
                return Decimal(total + DIGITS[rest] * MYRIADS[mark] // 10)
    if rest:
        total += _read_below_myriad(rest)
    return Decimal(total)


def read_numeral(text: str) -> Decimal:
    """A numeral of either script. Raises ``NumeralError``."""
    return read_arabic(text) if text[:1].isascii() and text[:1].isdigit() else read_chinese(text)
