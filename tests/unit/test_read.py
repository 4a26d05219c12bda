"""Here belong tests of encodings, rejections and the bounds of the report; whose report it is has its own tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.parsing.read import (
    PageNoiseError,
    UnreadableError,
    load_page_noise,
    read_source,
    title_lines,
)

SEEDS = Path(__file__).parents[2] / "dbt" / "seeds" / "catalogue"
NOISE = load_page_noise(SEEDS)

BODY = (
    "2023年，我局深入推进法治政府建设，现将有关情况报告如下：\r\n"
    "一、主要做法\r\n"
    "（一）加强学习。全年组织学法12次，培训执法人员56人次。\r\n"
    "二、下一步打算\r\n"
    "继续加强行政执法监督，评查案卷100卷。"
)
PAGE = (
    "您的位置：首页 > 政务公开 > 法治政府建设\r\n"
    "泸县司法局2023年法治政府建设年度报告\r\n"
    "发布时间：2024-01-20 来源：泸县司法局 浏览次数：88\r\n"
    "\r\n" + BODY + "\r\n"
    "\r\n"
    "泸县司法局\r\n"
    "2024年1月18日\r\n"
    "\r\n"
    "分享到：微信 微博\r\n"
    "上一篇：泸县司法局2022年法治政府建设年度报告\r\n"
    "主办：泸县人民政府办公室\r\n"
    "蜀ICP备05003382号 网站标识码：5105210001\r\n"
)


@pytest.mark.parametrize(
    ("encoding", "mark", "name"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8-sig"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("gb18030", b"", "gb18030"),
        ("gbk", b"", "gb18030"),
    ],
)
@pytest.mark.parametrize("text", [PAGE, BODY.replace("\r\n", "")])
def test_encodings_give_the_same_text(encoding: str, mark: bytes, name: str, text: str) -> None:
    source = read_source(mark + text.encode(encoding), "a.txt", NOISE)
    assert (source.text, source.encoding, source.file_format) == (text, name, "txt")


def test_line_ends_stay_as_published() -> None:
    assert read_source(PAGE.encode(), "A.TXT", NOISE).text == PAGE
    assert read_source(PAGE.encode(), "a.md", NOISE).file_format == "md"


@pytest.mark.parametrize(
    ("data", "name", "reason", "words"),
    [
        (b"", "a.txt", "empty", "空"),
        (b"\xef\xbb\xbf \r\n", "a.txt", "empty", "空"),
        ("　\n".encode(), "a.txt", "empty", "空白"),
        (b"PK\x03\x04" + b"x" * 50, "a.txt", "binary", "docx"),
        (b"%PDF-1.7 ...", "a.md", "binary", "PDF"),
        (b"\x7fELF" + bytes(range(256)) * 9, "a.txt", "binary", "二进制"),
        (b"\x00" * 500, "a.txt", "empty", "空"),
        (b"\x81" * 999 + b"\xff", "a.txt", "undecodable", "编码"),
        (b"\xff\xfe\x00\xd8\x41\x00", "a.txt", "undecodable", "utf-16-le"),
        (b"hello world, this is no report", "a.txt", "no_chinese", "中文"),
        (BODY.encode(), "a.doc", "unsupported_format", "另存为"),
        (BODY.encode(), "报告.ofd", "unsupported_format", "OFD"),
        (BODY.encode(), "README", "unsupported_format", "没有扩展名"),
    ],
)
def test_rejections_say_what_to_do(data: bytes, name: str, reason: str, words: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_source(data, name, NOISE)
    assert caught.value.reason_code == reason
    assert words in caught.value.message_zh


def test_page_is_cut_to_the_report() -> None:
    source = read_source(PAGE.encode(), "a.txt", NOISE)
    assert source.text[source.body_start : source.body_end] == BODY


def test_plain_report_is_not_cut() -> None:
    source = read_source(BODY.encode(), "a.txt", NOISE)
    assert (source.body_start, source.body_end) == (0, len(BODY))


@pytest.mark.parametrize(
    "last",
    [
        "（三）其他需要报告的情况\n    无",
        "三、联系方式\n为方便群众，公布监督电话：0830-8190000，全年受理举报12件。",
        "主办件12件，协办件5件。",
        "表1 执法情况\n检查次数 120\n处罚件数 15",
    ],
)
def test_what_only_looks_like_a_footer_stays(last: str) -> None:
    text = BODY + "\n" + last
    source = read_source(text.encode(), "a.txt", NOISE)
    assert source.body_end == len(text)


@pytest.mark.parametrize(
    "furniture",
    [
        "账号+密码登录\n手机+密码登录\n还没有账号?\n立即注册",
        "分享到:",
        "【打印本页】 【关闭窗口】",
        "扫一扫在手机打开当前页",
        "责任编辑：张某",
        "相关链接：\n2022年法治政府建设报告\n2021年法治政府建设报告",
        "版权所有：某县人民政府  地址：某路8号  电话：0830-8190000",
        "— 4 —",
        "（此件公开发布）",
    ],
)
def test_footers_are_cut(furniture: str) -> None:
    text = BODY + "\n\n" + furniture + "\n"
    source = read_source(text.encode(), "a.txt", NOISE)
    assert source.text[source.body_start : source.body_end] == BODY


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("泸县司法局\n关于2023年法治政府\n建设情况的报告\n\n", "泸县司法局 关于2023年法治政府 建设情况的报告"),
        ("泸县司法局\n\n泸县司法局 2023 年法治政府 建设年度报告\n\n", "泸县司法局 2023 年法治政府 建设年度报告"),
        ("首页\n政务公开\n2022年法治政府建设报告\n\n某局2023年法治政府建设报告\n", "某局2023年法治政府建设报告"),
        ("# 某局2023年法治政府建设报告\n\n县人民政府：\n", "# 某局2023年法治政府建设报告"),
        ("某局2023年法治政府建设报告\n（2024年1月5日）\n", "某局2023年法治政府建设报告"),
        ("某局2023年法治政府建设报告\n泸司发〔2024〕3号\n", "某局2023年法治政府建设报告"),
        ("某局2023年法治政府建设报告\n【字体：大 中 小】\n", "某局2023年法治政府建设报告"),
        ("", ""),
    ],
)
def test_titles_are_found_and_left_out_of_the_body(head: str, title: str) -> None:
    text = head + BODY
    assert " ".join(line.shown for line in title_lines(text)) == title
    source = read_source(text.encode(), "a.txt", NOISE)
    assert source.text[source.body_start : source.body_end] == BODY


@given(st.text(max_size=400))
def test_any_text_survives_unchanged_or_is_refused(text: str) -> None:
    try:
        source = read_source(text.encode("utf-8", "ignore"), "a.txt", NOISE)
    except UnreadableError:
        return
    assert source.encoding != "utf-8" or source.text == text.encode("utf-8", "ignore").decode()
    assert 0 <= source.body_start <= source.body_end <= len(source.text)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_for_a_reason(data: bytes) -> None:
    reason = None
    try:
        read_source(data, "a.txt", NOISE)
    except UnreadableError as error:
        reason = error.reason_code
    assert reason in {None, "empty", "binary", "undecodable", "no_chinese"}


SENTENCE = st.text(alphabet="我局全年办理案件检查法治建设", min_size=8, max_size=60).map(lambda words: words + "12件。")


@given(st.lists(SENTENCE, min_size=1, max_size=6))
def test_running_text_is_never_cut(sentences: list[str]) -> None:
    text = "\n".join(sentences)
    source = read_source((PAGE.split(BODY)[0] + text + PAGE.split(BODY)[1]).encode(), "a.txt", NOISE)
    assert source.text[source.body_start : source.body_end] == text


def test_broken_noise_list_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "page_noise.csv").write_text("pattern,where,note\n^a,middle,\n", encoding="utf-8")
    with pytest.raises(PageNoiseError, match="第 2 行 where 列"):
        load_page_noise(tmp_path)
    (tmp_path / "page_noise.csv").write_text("pattern,where,note\n^a{2,3}$,head,\n", encoding="utf-8")
    with pytest.raises(PageNoiseError, match="第 2 行列数不对"):
        load_page_noise(tmp_path)
    (tmp_path / "page_noise.csv").write_text("pattern,where,note\n^(a,head,\n", encoding="utf-8")
    with pytest.raises(PageNoiseError, match="第 2 行 pattern 列"):
        load_page_noise(tmp_path)
