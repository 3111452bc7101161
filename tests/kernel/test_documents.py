"""Word and PDF documents."""

import io
import subprocess
import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError

from dangjian.kernel import clock
from dangjian.kernel.documents import download, form_of, render_docx, render_pdf
from dangjian.kernel.errors import NotFound
from dangjian.kernel.word import WordTemplate

_LETTERS = '<text x="0" y="15" font-family="Noto Sans CJK SC">印章</text>'
ABOUT = {"title": "会议记录", "author": "中共虚构机电支部委员会"}
SEAL = f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">{_LETTERS}</svg>'


def _template(tmp_path: Path, *paragraphs: str) -> Path:
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    path = tmp_path / "template.docx"
    document.save(str(path))
    return path


def _text_of_docx(content: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs)


def _text_of_pdf(content: bytes, tmp_path: Path) -> str:
    path = tmp_path / "made.pdf"
    path.write_bytes(content)
    return subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True, text=True).stdout


class TestWord:
    def test_chinese_and_signs_come_out(self, tmp_path: Path) -> None:
        made = render_docx(_template(tmp_path, "姓名：{{ name }}", "之后的段落"), {"name": "张<示例>&“某”"}, **ABOUT)
        assert _text_of_docx(made) == "姓名：张<示例>&“某”\n之后的段落"
        with zipfile.ZipFile(io.BytesIO(made)) as archive:
            assert "张&lt;示例&gt;&amp;" in archive.read("word/document.xml").decode()

    @pytest.mark.parametrize("typed", ["{{ 7 * 7 }}", "{% for x in y %}", "]]><w:p/>", "𠮷𪚥䶮", "一行\n又一行"])
    def test_what_people_type_comes_out_as_they_typed_it(self, tmp_path: Path, typed: str) -> None:
        made = render_docx(_template(tmp_path, "姓名：{{ name }}。"), {"name": typed}, **ABOUT)
        assert _text_of_docx(made) == f"姓名：{typed}。"

    def test_control_characters_are_dropped_and_end_no_paragraph(self, tmp_path: Path) -> None:
        made = render_docx(_template(tmp_path, "{{ name }}"), {"name": "张\x07三\x0c丰\x0b\x00\ufffe"}, **ABOUT)
        assert _text_of_docx(made) == "张三丰"

    def test_repeated_paragraphs(self, tmp_path: Path) -> None:
        made = render_docx(
            _template(tmp_path, "{%p for each in names %}", "{{ each }}", "{%p endfor %}"), {"names": ["甲", "乙"]}, **ABOUT
        )
        assert _text_of_docx(made) == "甲\n乙"

    def test_its_properties_tell_an_archive_what_it_is(self, tmp_path: Path) -> None:
        about = docx.Document(io.BytesIO(made := render_docx(_template(tmp_path, "正文"), {}, **ABOUT))).core_properties
        assert (about.title, about.author, about.last_modified_by) == (ABOUT["title"], ABOUT["author"], ABOUT["author"])
        assert about.created.astimezone(clock.now().tzinfo).date() == clock.today()
        assert about.comments == ""
        with zipfile.ZipFile(io.BytesIO(made)) as archive:
            assert not [name for name in archive.namelist() if "thumbnail" in name]

    def test_a_missing_value_is_an_error_not_a_gap(self, tmp_path: Path) -> None:
        with pytest.raises(UndefinedError):
            render_docx(_template(tmp_path, "{{ nobody }}"), {}, **ABOUT)

    def test_a_template_cannot_reach_into_the_program(self, tmp_path: Path) -> None:
        with pytest.raises(SecurityError):
            render_docx(_template(tmp_path, "{{ name.__class__.__mro__[1].__subclasses__() }}"), {"name": "甲"}, **ABOUT)


class TestBuilding:
    def test_parts_that_may_be_missing_and_lines_that_repeat(self, tmp_path: Path) -> None:
        paper = WordTemplate()
        paper.title("某某表")
        with paper.when("votes"):
            paper.heading("表决", 2)
            paper.listing("v in votes", ("决议", "赞成"), ("{{ v.text }}", "{{ v.number }}"), (10, 4), sums=True)
        with paper.each("name in names"):
            paper.line("{{ name }}", indent=True)
        paper.save(tmp_path / "built.docx")
        without = docx.Document(io.BytesIO(render_docx(tmp_path / "built.docx", {"votes": [], "names": []}, **ABOUT)))
        assert ([one.text for one in without.paragraphs], without.tables) == (["某某表"], [])
        votes = [{"text": "同意<甲>&乙", "number": 3}, {"text": "不同意", "number": 0}]
        made = docx.Document(io.BytesIO(render_docx(tmp_path / "built.docx", {"votes": votes, "names": ["甲", "乙"]}, **ABOUT)))
        assert [one.text for one in made.paragraphs] == ["某某表", "表决", "甲", "乙"]
        [table] = made.tables
        assert [[cell.text for cell in row.cells] for row in table.rows] == [
            ["决议", "赞成"],
            ["同意<甲>&乙", "3"],
            ["不同意", "0"],
        ]
        margins = table._tbl.tblPr.find(qn("w:tblCellMar"))
        assert [int(each.get(qn("w:w"))) for each in margins] == [57, 57], "letters do not touch the lines"

    def test_each_letter_has_a_font_that_offices_have(self, tmp_path: Path) -> None:
        paper = WordTemplate()
        paper.turn(landscape=True)
        paper.save(tmp_path / "built.docx")
        built = docx.Document(str(tmp_path / "built.docx"))
        fonts = built.styles["Normal"].element.rPr.rFonts
        assert {fonts.get(qn(f"w:{kind}")) for kind in ("ascii", "hAnsi", "eastAsia")} == {"仿宋"}
        assert fonts.get(qn("w:eastAsiaTheme")) is None
        assert [section.page_width > section.page_height for section in built.sections] == [False, True]


def test_a_form_that_is_not_made_is_not_there() -> None:
    assert (form_of("docx"), form_of("pdf")) == ("docx", "pdf")
    with pytest.raises(NotFound):
        form_of("exe")


def test_a_download_bears_its_name_and_says_what_it_is() -> None:
    answer = download(b"%PDF", "机电党支部 <收据>.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''%E6%9C%BA%E7%94%B5")


class TestPdf:
    def test_chinese_and_signs_come_out(self, tmp_path: Path) -> None:
        made = render_pdf("<h1>会议记录</h1><p>张&lt;示例&gt;&amp;某 应到12人</p>")
        assert made.startswith(b"%PDF")
        text = _text_of_pdf(made, tmp_path)
        assert "会议记录" in text
        assert "张<示例>&某 应到12人" in text
        assert "1/1" in text.replace(" ", "")

    def test_files_of_the_document_are_used(self, tmp_path: Path) -> None:
        (tmp_path / "style.css").write_text('p::before { content: "样式已用" }')
        (tmp_path / "印章.svg").write_text(SEAL)
        made = render_pdf('<link rel="stylesheet" href="style.css"><p>正文</p><img src="印章.svg">', base_url=tmp_path)
        text = _text_of_pdf(made, tmp_path)
        assert "样式已用" in text
        assert "印章" in text

    def test_files_elsewhere_and_the_net_are_not(self, tmp_path: Path) -> None:
        inner = tmp_path / "inner"
        inner.mkdir()
        (tmp_path / "secret.css").write_text('p::after { content: "不该出现" }')
        outside = (tmp_path / "secret.css").as_uri()
        html = (
            f'<link rel="stylesheet" href="../secret.css"><link rel="stylesheet" href="{outside}">'
            '<link rel="stylesheet" href="http://127.0.0.1:9/x.css"><p>正文</p>'
        )
        text = _text_of_pdf(render_pdf(html, base_url=inner), tmp_path)
        assert "正文" in text
        assert "不该出现" not in text
        assert "不该出现" in _text_of_pdf(render_pdf(html, base_url=inner, folders=[tmp_path]), tmp_path)

    def test_a_link_out_of_the_folder_is_not_followed(self, tmp_path: Path) -> None:
        inner = tmp_path / "inner"
        inner.mkdir()
        (tmp_path / "secret.css").write_text('p::after { content: "不该出现" }')
        (inner / "link.css").symlink_to(tmp_path / "secret.css")
        made = render_pdf('<link rel="stylesheet" href="link.css"><p>正文</p>', base_url=inner)
        assert "不该出现" not in _text_of_pdf(made, tmp_path)

    def test_embedded_pictures_are_shown(self, tmp_path: Path) -> None:
        assert "印章" in _text_of_pdf(render_pdf(f"<img src='data:image/svg+xml;utf8,{SEAL}'>".replace("#", "%23")), tmp_path)
