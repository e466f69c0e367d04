"""Names of files that come from people, as they are given to browsers."""

import pytest

from banyan.foundation.file_names import as_attachment


@pytest.mark.rule("SYS-6")
@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("contract.pdf", 'attachment; filename="contract.pdf"'),
        ("../../etc/passwd", 'attachment; filename="passwd"'),
        ("C:\\Users\\ada\\Agreed.docx", 'attachment; filename="Agreed.docx"'),
        ("..\\..\\boot.ini", 'attachment; filename="boot.ini"'),
        ("/", 'attachment; filename="file"'),
        ("..", 'attachment; filename="file"'),
        (".bashrc", 'attachment; filename="bashrc"'),
        ('a"; filename="b.exe', 'attachment; filename="a_; filename=_b.exe"'),
        ("a\r\nSet-Cookie: x=1.pdf", 'attachment; filename="x=1.pdf"'),
        ("a\r\nb.pdf", 'attachment; filename="ab.pdf"'),
        ("Vertrag für Åse.pdf", "attachment; filename*=utf-8''Vertrag%20f%C3%BCr%20%C3%85se.pdf"),
        ("invoice\u202efdp.exe", 'attachment; filename="invoicefdp.exe"'),
        ("x" * 300 + ".pdf", f'attachment; filename="{"x" * 146}.pdf"'),
    ],
)
def test_only_the_name_itself_is_told_and_nothing_that_breaks_out_of_it(name: str, header: str):
    told = as_attachment(name)
    assert told == header
    assert told.isprintable()
