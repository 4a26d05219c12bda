"""The flat form of a text that the scanner works on, and the way back to the text as published.

Here belong folding of characters (one to one), joining of broken lines, and offset arithmetic. What the words mean
does not: that is for the modules above.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from dagster_project.parsing.folding import Folding
from dagster_project.parsing.model import Window

_FOLD = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF1A)}  # full-width digits
_FOLD |= {code: code - 0xFEE0 for code in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}  # full-width letters
_FOLD |= {
    ord(wide): ord(narrow)
    for wide, narrow in (
        ("．", "."),
        ("％", "%"),
        ("﹪", "%"),
        ("，", ","),
        ("；", ";"),
        ("：", ":"),
        ("（", "("),
        ("）", ")"),
        ("！", "!"),
        ("？", "?"),
        ("～", "~"),
        ("－", "-"),
        ("—", "-"),
        ("–", "-"),
        ("―", "-"),
        ("＋", "+"),
        ("／", "/"),
        ("｜", "|"),
        ("﹑", "、"),
        ("［", "["),
        ("］", "]"),
        ("〔", "["),
        ("〕", "]"),
        ("【", "["),
        ("】", "]"),
        ("∶", ":"),
        ("•", "·"),
        ("‧", "·"),
        ("・", "·"),
        ("﹒", "."),
        ("‐", "-"),
        ("‑", "-"),
        ("−", "-"),
        ("∼", "~"),
        ("〜", "~"),
        ("＂", "“"),
        ("＜", "<"),
        ("＞", ">"),
        ("＝", "="),
        ("＃", "#"),
        ("＆", "&"),
    )
}
_fold_width = Folding(_FOLD)
"""One-to-one, so that an offset in the folded text is an offset in the published text."""

# Traditional forms of the characters that the lexicon and the units are written in; one to one.
_fold_traditional = Folding(
    str.maketrans(
        "開傳發資檢運執監業務證標現場關處罰辦結許審議訴訟復調組織學習訓練領導會幹職隊個紀錄儀設備購舊規則約談報題難壓縮時間讀網絡實際營無線電話總額戶級強類區鎮鄉縣東廣應對農產質權責項參雙隨機啟樓單賃貨"
        "車輛臺兩萬億餘條圓噸畝與為達過眾觀聽講課專環壞懸掛橫張貼冊頁書畫飾衛護養動態爾種樣範圍進遠連選擇適邊較輕軌轉載輸軍辯這還離雜雲靜顧預頻顯風飛飯館馬駕驗體龍歲齊聯聲腦腳蓋蘇號術補裝複見視覺覽觸訂"
        "計訊討記論訪診詞試該詳認語誤說請諸譽變讓豐貝負財貢貧販貫貴費貿賀賓賞賠賣賬贈贏趕軟輔輪輯遞遲遷遺鄭釋鋼錢鎖鏈長門閉閱陽階陸險隱雞靈頂順須頓頒頗頭願飲駐驅驚鬥點黨齡團從幾滿衝災減決準樹橋歷歸殘氣"
        "漲濟灣爭獲療盡禮穩競節築糾納紛統經維緊編繼續義舉藥虛識譯貸賦躍辭邏郵釐銷鐵闢陳韓響駛駁髮鬆亂倉優償儲劃勞勢協卻嚴國園圖堅墾壇壯夠奪獎婦寫寬將屆層屬島幣幫庫廠廢彈徑慣憲懲戰擔據擴擾攜敗數斷於晉暢"
        "曆極構槍檔歐沒溝滅潔熱燈牆獨畢當疊盤礦積稅簡簽籌終給績羅聖肅興艦萊葉蘭蟲製誠諮贓趙迴違鄰醫釀鈔銀鍋鑒闖隸霧顆驟魚鹽麼",
        "开传发资检运执监业务证标现场关处罚办结许审议诉讼复调组织学习训练领导会干职队个纪录仪设备购旧规则约谈报题难压缩时间读网络实际营无线电话总额户级强类区镇乡县东广应对农产质权责项参双随机启楼单赁货"
        "车辆台两万亿余条圆吨亩与为达过众观听讲课专环坏悬挂横张贴册页书画饰卫护养动态尔种样范围进远连选择适边较轻轨转载输军辩这还离杂云静顾预频显风飞饭馆马驾验体龙岁齐联声脑脚盖苏号术补装复见视觉览触订"
        "计讯讨记论访诊词试该详认语误说请诸誉变让丰贝负财贡贫贩贯贵费贸贺宾赏赔卖账赠赢赶软辅轮辑递迟迁遗郑释钢钱锁链长门闭阅阳阶陆险隐鸡灵顶顺须顿颁颇头愿饮驻驱惊斗点党龄团从几满冲灾减决准树桥历归残气"
        "涨济湾争获疗尽礼稳竞节筑纠纳纷统经维紧编继续义举药虚识译贷赋跃辞逻邮厘销铁辟陈韩响驶驳发松乱仓优偿储划劳势协却严国园图坚垦坛壮够夺奖妇写宽将届层属岛币帮库厂废弹径惯宪惩战担据扩扰携败数断于晋畅"
        "历极构枪档欧没沟灭洁热灯墙独毕当叠盘矿积税简签筹终给绩罗圣肃兴舰莱叶兰虫制诚咨赃赵回违邻医酿钞银锅鉴闯隶雾颗骤鱼盐么",
    )
)
# Some hands write a full stop as a dot: 不断提高. 一是…; a dot behind a number or a list mark is none.
_STOP_POINT = re.compile(r"。(?<=[0-9]。)(?=[0-9]{1,3}(?:吨|公里|万|亿|%|平方米|亩|元))")
_DOT_STOP = re.compile(r"\.(?<=[\u4e00-\u9fff”)%》]\.)(?<![一二三四五六七八九十]\.)(?![0-9A-Za-z.])")
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad"
_LONG_LINE = 20_000
_STOP = re.compile(r"[。!?;]")
_BLANK = re.compile(r"[ \t\xa0\u2000-\u200a\u3000]")
_LINE = re.compile(r"[^\r\n\u2028\u2029\x0b\x0c]+")
_RUN = re.compile(rf"[^\s\x00-\x1f\x7f-\x9f{_INVISIBLE}]+")
_MARKER = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}[、.,:]|[(（][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[、)]|\d{1,2}\.(?!\d)"
    r"|[①-⑳]|第[一二三四五六七八九十]{1,3}[章节部]|[一二三四五六七八九十]是(?!否)|[-*#•·●■◆])"
)
_HARD_END = re.compile(r"[。!?;:…]['\"”’)）》]*$")
_SOFT_END = re.compile(r"(?:[,、(（“《\d]|\d\.)$")
_NUMERIC_LINE = re.compile(r"[\d.,%+\-/ ]+")
_FIGURE_CELL = re.compile(r"\S\t+\s*[\d,.%+\-/]+\s*$")
_PAGE_NUMBER = re.compile(r"[-\s]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:[,\s/]*共?\s*\d{1,4}\s*页?)?[-\s]*")
_SOFT_START = re.compile(r"[,。、;)）”》%]")
_TITLE_END = re.compile(r"(?:报告|总结|要点|计划|情况|通知|意见|汇报|方案|安排|公告|局|委员会|政府|部门|支队|大队)$")
_WRAP_MINIMUM = 18
"""A line shorter than this that ends without punctuation is a heading or an item, not half a sentence."""


@dataclass(frozen=True, slots=True)
class FlatText:
    """A text without white space, folded, with its hard line ends as line feeds and table cells split by ``|``.

    ``flat_starts[i]`` and ``source_starts[i]`` tell where the i-th unbroken run of characters begins in the flat
    and in the published text.
    """

    flat: str
    flat_starts: list[int]
    source_starts: list[int]

    def source_start(self, index: int) -> int:
        """Offset in the published text of the character at ``index`` of the flat text."""
        run = bisect_right(self.flat_starts, index) - 1
        return self.source_starts[run] + index - self.flat_starts[run]

    def source_end(self, index: int) -> int:
        """Offset just behind the character before ``index``: the end of a half-open span."""
        return self.source_start(index - 1) + 1 if index > 0 else 0

    def published(self, window: Window) -> Window:
        """A window of the flat text in the published text."""
        level, start, end = window
        begin = self.source_start(start)
        return Window(level, begin, self.source_end(end) if end > start else begin)

    def flat_index(self, offset: int) -> int:
        """The first index of the flat text at or behind ``offset`` of the published text."""
        run = bisect_right(self.source_starts, offset) - 1
        if run < 0:
            return 0
        index = self.flat_starts[run] + offset - self.source_starts[run]
        end = self.flat_starts[run + 1] if run + 1 < len(self.flat_starts) else len(self.flat)
        return min(index, end)


def fold(text: str) -> str:
    """The text with full-width forms, dashes and brackets in one form each; as long as the text."""
    text = _fold_traditional(_fold_width(text))
    if _STOP_POINT.search(text):
        text = _STOP_POINT.sub(".", text)
    if _DOT_STOP.search(text):
        text = _DOT_STOP.sub("。", text)
    return text


def _is_table_row(line: str) -> bool:
    """Cells parted by bars, or by tabs: two cells are a row when the line is short, or its last cell a figure."""
    if line.count("|") >= 2 or line.count("\t") >= 2:
        return True
    return ("|" in line and len(line) <= 60) or bool(_FIGURE_CELL.search(line))


def _joins(line: str, following: str) -> bool:
    """Whether a line end between two lines broke a sentence (a page's or a converter's doing)."""
    if _HARD_END.search(line) or _MARKER.match(following) or _NUMERIC_LINE.fullmatch(line):
        return bool(re.search(r"[\u4e00-\u9fff]\d+\.$", line)) and following[:1].isdigit()
    if _SOFT_END.search(line) or _SOFT_START.match(following):
        return True
    if len(line) < _WRAP_MINIMUM or (
        _TITLE_END.search(line) and len(line) < 45 and "," not in line and "。" not in line
    ):
        return False
    # A heading stands alone: a marker, no full stop inside, and short enough for one line.
    return not (_MARKER.match(line) and "。" not in line and len(line) <= 45)


def _page_lines(folded: str, start: int, limit: int) -> frozenset[int]:
    """Starts of the lines that a page's layout put between the text's own: page numbers, and running heads and
    feet beside them. A lone number is a page number only where several such lines count upwards.
    """
    lines = [(match.start(), match.group().strip()) for match in _LINE.finditer(folded, start, limit)]
    lines = [(at, words) for at, words in lines if words]
    numbered: list[int] = []
    for index, (_, words) in enumerate(lines):
        short = len(words) <= (3 if words.isdigit() else 16)
        if short and words[-1] in "-页0123456789" and _PAGE_NUMBER.fullmatch(words):
            numbered.append(index)
    bare = [index for index in numbered if lines[index][1].isdigit()]
    values = [int(lines[index][1]) for index in bare]
    if values != list(range(values[0], values[0] + len(values))) if values else False:
        numbered = [index for index in numbered if index not in set(bare)]
    found = {lines[index][0] for index in numbered}
    beside = sorted({i for index in numbered for i in (index - 1, index + 1) if 0 <= i < len(lines)} - set(numbered))
    words_beside = [lines[i][1] for i in beside]
    for i in beside:
        if len(lines[i][1]) <= 40 and words_beside.count(lines[i][1]) >= 2:
            found.add(lines[i][0])
    return frozenset(found)


def flatten(text: str, start: int = 0, end: int | None = None) -> FlatText:
    """The flat form of ``text[start:end]``; offsets refer to the whole ``text``."""
    folded = fold(text)
    limit = len(folded) if end is None else end
    pieces: list[str] = []
    flat_starts: list[int] = []
    source_starts: list[int] = []
    length = 0

    def put(piece: str, source: int) -> None:
        nonlocal length
        flat_starts.append(length)
        source_starts.append(source)
        pieces.append(piece)
        length += len(piece)

    page_lines = _page_lines(folded, start, limit)
    previous = ""
    previous_end = start
    previous_row = False
    for match in _LINE.finditer(folded, start, limit):
        line = match.group()
        row = _is_table_row(line)
        stripped = line.strip()
        if not stripped or match.start() in page_lines:
            continue
        if previous and (row or previous_row or not _joins(previous, stripped)):
            put("\n", previous_end)
        if len(line) > _LONG_LINE and not _STOP.search(line):
            # No prose: kept in one piece, so that its blanks cost nothing.
            put(line, match.start())
            previous, previous_end, previous_row = stripped[-60:], match.end(), False
            continue
        last_end = -1
        for run in _RUN.finditer(line):
            begin = match.start() + run.start()
            if last_end >= 0:
                gap = folded[last_end:begin]
                if row and "\t" in gap:
                    put("|", last_end + gap.index("\t"))
                elif _BLANK.search(gap) and pieces[-1][-1].isdigit() and run.group()[0].isdigit():
                    # Two numbers side by side: the scanner decides whether a blank broke one or parts two.
                    put(" ", last_end)
            put(run.group(), begin)
            last_end = begin + len(run.group())
        if last_end < 0:
            continue
        previous, previous_end, previous_row = stripped, last_end, row
    return FlatText("".join(pieces), flat_starts or [0], source_starts or [start])
