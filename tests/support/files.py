"""Small images and files, built by hand."""

import io
import struct
from collections.abc import Sequence

import numpy as np
import PIL.Image
from PIL import ImageDraw

from docverify.reading.files.pages import Image


def picture(text: str = "HELLO 12345", size: tuple[int, int] = (400, 80)) -> PIL.Image.Image:
    """Draw black text on white, in grey."""
    image = PIL.Image.new("L", size, 255)
    ImageDraw.Draw(image).text((8, 8), text, fill=0, font_size=40)
    return image


def as_picture(image: PIL.Image.Image) -> Image:
    """Convert an image to the array that the models expect."""
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])


def drawn(*texts: str, size: tuple[int, int] = (900, 300)) -> Image:
    """Draw lines of black text on white."""
    image = PIL.Image.new("RGB", size, "white")
    for number, text in enumerate(texts):
        ImageDraw.Draw(image).text((40, 40 + 70 * number), text, fill="black", font_size=36)
    return as_picture(image)


def file(image: PIL.Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Return an image as the bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def packed_tiff(samples: np.ndarray, bits: int, *, photometric: int = 1, order: str = "<") -> bytes:
    """Return a TIFF of one page whose samples (rows, columns, and colours) have this many bits."""
    height, width = samples.shape[:2]
    rows = samples.reshape(height, -1)
    data = b"".join(
        np.packbits([int(bit) for value in row for bit in f"{value:0{bits}b}"]).tobytes()
        for row in rows
    )
    if bits == 16 and order == "<":
        data = rows.astype("<u2").tobytes()
    count = rows.shape[1] // width
    depths = struct.pack(order + "H" * count, *[bits] * count).ljust(8, b"\0")
    fields = {256: width, 257: height, 259: 1, 262: photometric, 273: 16, 277: count, 278: height}
    entries = {tag: (4, 1, struct.pack(order + "I", value)) for tag, value in fields.items()}
    entries[258] = (3, count, depths[:4] if count <= 2 else struct.pack(order + "I", 8))
    entries[279] = (4, 1, struct.pack(order + "I", len(data)))
    table = b"".join(
        struct.pack(order + "HHI", tag, kind, number) + value
        for tag, (kind, number, value) in sorted(entries.items())
    )
    start = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 16 + len(data))
    return start + depths + data + struct.pack(order + "H", len(entries)) + table + bytes(4)


def pdf(pages: Sequence[str] = ("[0 0 72 36]",), *, encryption: str = "") -> bytes:
    """Return a PDF of empty pages with these media boxes, in points."""
    kids = " ".join(f"{3 + number} 0 R" for number in range(len(pages)))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>",
        *(f"<</Type/Page/Parent 2 0 R/MediaBox {box}>>" for box in pages),
    ]
    body, places = "%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{each}\nendobj\n"
    table = "0000000000 65535 f \n" + "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"trailer<</Size {len(objects) + 1}/Root 1 0 R{encryption}>>\n"
    start = f"startxref\n{len(body)}\n%%EOF\n"
    return f"{body}xref\n0 {len(objects) + 1}\n{table}{end}{start}".encode("ascii")


def locked_pdf(handler: str = "Standard") -> bytes:
    """Return a PDF that needs a password: the hashes do not match the empty one."""
    some = "00" * 32
    keys = f"<</Filter/{handler}/V 1/R 2/O<{some}>/U<{some}>/P -4>>"
    return pdf(encryption=f"/Encrypt {keys}/ID[<{some}><{some}>]")
