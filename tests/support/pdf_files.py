"""PDF files written object by object, some of which loop or need endless work."""

import zlib
from collections.abc import Iterable

from tests.support.files import pdf


def zeros(megabytes: int, stages: int = 1) -> bytes:
    """Compress zeros in several stages, so that they take almost no space."""
    pack = zlib.compressobj(9)
    packed = b"".join(pack.compress(bytes(1 << 20)) for _ in range(megabytes)) + pack.flush()
    for _ in range(stages - 1):
        packed = zlib.compress(packed, 9)
    return packed


def written_pdf(objects: Iterable[bytes]) -> bytes:
    """Write a PDF of objects that are numbered from 1; the first is its catalogue."""
    body, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % each for each in places)
    size = len(places) + 1
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))
    return body + b"xref\n0 %d\n" % size + table + end


def stream(keys: bytes, data: bytes) -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (keys, len(data), data)


def page_of(content: bytes, *more: bytes, resources: bytes = b"") -> bytes:
    """Write a PDF of one page; its content stream is object 4, further objects start at 5."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<<%s>>>>"
    return written_pdf(
        (
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            page % resources,
            content,
            *more,
        )
    )


def page_with_image(keys: bytes, data: bytes) -> bytes:
    """Write a PDF of one page that is covered by an image."""
    return page_of(
        stream(b"", b"q 200 0 0 100 0 0 cm /I Do Q"),
        stream(
            b"/Type/XObject/Subtype/Image/BitsPerComponent 8/ColorSpace/DeviceGray" + keys, data
        ),
        resources=b"/XObject<</I 5 0 R>>",
    )


def nested_pages(depth: int) -> bytes:
    """Write a PDF with one page at this depth of its page tree."""
    nodes = (b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (number + 3) for number in range(depth))
    page = b"<</Type/Page/MediaBox[0 0 200 100]/Parent %d 0 R>>" % (depth + 1)
    return written_pdf((b"<</Type/Catalog/Pages 2 0 R>>", *nodes, page))


def looping_pages() -> bytes:
    return written_pdf(
        (b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>")
    )


def form_that_draws_itself() -> bytes:
    return page_of(
        stream(b"", b"/F Do"),
        stream(
            b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>",
            b"/F Do /F Do",
        ),
        resources=b"/XObject<</F 5 0 R>>",
    )


def looping_table() -> bytes:
    content = pdf()
    at = content.rindex(b"xref\n0")
    return content.replace(b"/Root", b"/Prev %d/Root" % at)


def tiny_tiles() -> bytes:
    """Write a page that is filled with a tiling pattern of billions of tiles."""
    tile = (
        b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep 0.01/YStep 0.01/Resources<<>>"
    )
    return page_of(
        stream(b"", b"/Pattern cs /P scn 0 0 200 100 re f"),
        stream(b"/Type/Pattern" + tile, b"1 0 0 rg 0 0 1 1 re f"),
        resources=b"/Pattern<</P 5 0 R>>",
    )


def many_stamps(count: int) -> bytes:
    """Write a page with this number of annotations, each as large as the page."""
    stamp = b"<</Type/Annot/Subtype/Stamp/Rect[0 0 200 100]/F 4/AP<</N 5 0 R>>>>"
    content = page_of(
        stream(b"", b""),
        stream(b"/Type/XObject/Subtype/Form/BBox[0 0 200 100]", b"0.5 g 0 0 200 100 re f"),
        *[stamp] * count,
    )
    annotations = b" ".join(b"%d 0 R" % (number + 6) for number in range(count))
    return content.replace(b"/Contents 4 0 R", b"/Contents 4 0 R/Annots[%s]" % annotations)


def tree_of_forms(depth: int) -> bytes:
    """Write a page whose form draws another form twice, and that a third one twice, and so on."""
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 200 100]/Resources<</XObject<</F %d 0 R>>>>"
    return page_of(
        stream(b"", b"/F Do"),
        *(stream(form % number, b"/F Do /F Do") for number in range(6, 6 + depth)),
        stream(b"/Type/XObject/Subtype/Form/BBox[0 0 200 100]", b"0 0 9 9 re f"),
        resources=b"/XObject<</F 5 0 R>>",
    )


def page_of_prose(lines: int, words: int) -> bytes:
    """Write a page of A4 with lines of text in 6 points."""
    places = (830 - number * 820 / lines for number in range(lines))
    text = b"".join(b"1 0 0 1 10 %.1f Tm (%s) Tj " % (y, b"words " * words) for y in places)
    content = page_of(
        stream(b"", b"BT /F 6 Tf " + text + b"ET"),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        resources=b"/Font<</F 5 0 R>>",
    )
    return content.replace(b"[0 0 200 100]", b"[0 0 595 842]")


def ten_times(content: bytes) -> bytes:
    """Show the only page of a PDF that was written here ten times."""
    return content.replace(
        b"/Kids[3 0 R]/Count 1", b"/Kids[%s]/Count 10" % b" ".join([b"3 0 R"] * 10)
    )
