"""Image files written chunk by chunk, whose headers claim what their content does not have."""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from tests.support.files import file, picture

HEIF = Path(__file__).parent / "heif"
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
LONG = 4  # a field of a TIFF with 4 bytes


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return PNG_MAGIC + header + b"".join(chunks) + chunk(b"IEND", b"")


def tiff(*pages: dict[int, int], loop: bool = False) -> bytes:
    """Write a TIFF of grey pages with the given tags and 4 bytes of pixels."""
    body = b"II*\0" + struct.pack("<I", 12) + b"\xff" * 4
    for number, tags in enumerate(pages):
        every = {256: 2, 257: 2, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 2, 279: 4} | tags
        entries = b"".join(struct.pack("<HHII", tag, LONG, 1, every[tag]) for tag in sorted(every))
        after = len(body) + 2 + len(entries) + 4
        following = after if number + 1 < len(pages) else 12 if loop else 0
        body += struct.pack("<H", len(every)) + entries + struct.pack("<I", following)
    return body


def tiff_of(pixels: np.ndarray) -> bytes:
    return file(Image.fromarray(pixels), "TIFF")


def jpeg_of_size(width: int, height: int) -> bytes:
    """Write a small JPEG whose header claims this size."""
    content = file(picture(), "JPEG")
    at = content.index(b"\xff\xc0") + 5
    return content[:at] + struct.pack(">HH", height, width) + content[at + 4 :]


def jpeg_of_scans(scans: int, side: int) -> bytes:
    """Write a progressive JPEG that repeats its last scan: each costs a pass over all pixels."""
    content = file(Image.new("L", (side, side), 128), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * scans + content[-2:]


def jpeg_with(comment: bytes) -> bytes:
    return file(picture(), "JPEG", comment=comment)


def webp(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data


def webp_of_size(side: int, flags: int = 0) -> bytes:
    size = (side - 1).to_bytes(3, "little") * 2
    return webp(webp_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + size), webp_chunk(b"VP8L", b"\x2f"))


def lossless_webp_of_size(side: int) -> bytes:
    bits = (side - 1) | (side - 1) << 14
    return webp(webp_chunk(b"VP8L", b"\x2f" + struct.pack("<I", bits) + bytes(20)))


def animation(kind: str) -> bytes:
    frames = [Image.new("RGB", (64, 32), colour) for colour in ("red", "green", "blue")]
    return file(frames[0], kind, save_all=True, append_images=frames[1:])


def heic(name: str = "plain") -> bytes:
    return (HEIF / f"{name}.heic").read_bytes()


def heic_of_size(side: int) -> bytes:
    """Write a small HEIC whose every size property claims this size."""
    content, at = heic("square"), -1
    while (at := content.find(b"ispe", at + 1)) >= 0:
        content = content[: at + 8] + struct.pack(">II", side, side) + content[at + 16 :]
    return content
