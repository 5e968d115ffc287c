"""Provenance is read from any bytes, and never names a person."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from docverify.page import Provenance
from docverify.reading.files.metadata import C2PA_BOX, MAX_NOTE
from docverify.reading.files.provenance import read_provenance
from tests.support.files import file, locked_pdf, pdf, picture
from tests.support.thoroughness import examples

PLAIN = picture(size=(90, 40))
COLOURED = PLAIN.convert("RGB")
AI = "http://cv.iptc.org/newscodes/digitalsourcetype/"
CANARY = "Canary Meridian"


def xmp(inside):
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{inside}</x:xmpmeta>'.encode()


def exif(**tags):
    found = Image.Exif()
    for name, value in tags.items():
        found[{"make": 271, "model": 272, "software": 305, "artist": 315, "title": 270}[name]] = (
            value
        )
    return found


def jpeg_segment(marker, payload):
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def jpeg(*segments):
    whole = file(COLOURED, "JPEG")
    return whole[:2] + b"".join(segments) + whole[2:]


def png(*chunks):
    whole = file(PLAIN)
    made = b"".join(
        struct.pack(">I", len(each)) + kind + each + struct.pack(">I", zlib.crc32(kind + each))
        for kind, each in chunks
    )
    return whole[:33] + made + whole[33:]


def manifest(*, source="", program=b"make_test/1.0"):
    """A C2PA store, as far as its texts go: JUMBF around CBOR."""
    return (
        b"\0\0\0\x99jumb\0\0\0\x1ejumdc2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\x03c2pa\0"
        b"\x6fclaim_generator"
        + (b"\x78" + bytes([len(program)]) + program)
        + b"\x71digitalSourceType\x78\x40"
        + AI.encode()
        + source.encode()
    )


def webp_of(image, **options):
    return file(image, "WEBP", **options)


def heif(*boxes):
    start = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    tile, whole = (
        struct.pack(">I4s3I", 20, b"ispe", 0, *size) for size in ((512, 512), (4032, 3024))
    )
    return start + tile + whole + b"".join(boxes)


def pdf_with(information="", updates=0, head=""):
    content = pdf().replace(b"%PDF-1.4\n", b"%PDF-1.4\n" + head.encode())
    object_ = f"\n9 0 obj\n<<{information}>>\nendobj\n".encode()
    place = len(content) + 1
    trailer = b"xref\n9 1\n%010d 00000 n \ntrailer<</Size 10/Root 1 0 R/Info 9 0 R/Prev %d>>\n" % (
        place,
        content.rfind(b"xref\n0"),
    )
    start = b"startxref\n%d\n%%%%EOF\n" % (len(content) + len(object_))
    return content + object_ + trailer + start + b"%%EOF\n" * updates


def scan():
    return file(COLOURED, "PDF")


@pytest.mark.parametrize(
    ("content", "name", "size"),
    [
        (file(PLAIN, "JPEG"), "JPEG", (90, 40)),
        (file(PLAIN), "PNG", (90, 40)),
        (file(PLAIN, "TIFF"), "TIFF", (90, 40)),
        (webp_of(COLOURED), "WEBP", (90, 40)),
        (webp_of(COLOURED, lossless=True), "WEBP", (90, 40)),
        (webp_of(COLOURED, exif=exif(make="Any")), "WEBP", (90, 40)),
        (heif(), "HEIF", (4032, 3024)),
        (scan(), "PDF", (90, 40)),
        (pdf(), "PDF", None),
        (locked_pdf(), "PDF", None),
        (b"", "", None),
        (b"Dear Sir or Madam", "", None),
    ],
)
def test_format_and_size_are_those_of_the_content(content, name, size):
    found = read_provenance(content)

    assert (found.format, found.size) == (name, size)


def test_plain_image_has_no_provenance():
    assert read_provenance(file(PLAIN, "JPEG")) == Provenance("JPEG", (90, 40))
    assert read_provenance(file(PLAIN)) == Provenance("PNG", (90, 40))


CAMERA = exif(make="Acme", model="A-1", software="Firmware 1.2")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(file(COLOURED, "JPEG", exif=CAMERA), id="JPEG"),
        pytest.param(file(PLAIN, exif=CAMERA), id="PNG"),
        pytest.param(webp_of(COLOURED, exif=CAMERA), id="WEBP"),
        pytest.param(file(PLAIN, "TIFF", tiffinfo=CAMERA), id="TIFF"),
        pytest.param(heif(b"\0\0\0\0" + CAMERA.tobytes()), id="HEIF"),
    ],
)
def test_exif_names_camera_and_program(content):
    found = read_provenance(content)

    assert found.camera
    assert found.software == ("Firmware 1.2",)


def test_empty_make_does_not_name_a_camera():
    assert not read_provenance(file(COLOURED, "JPEG", exif=exif(make=" \0"))).camera


def png_software(kind):
    packed = zlib.compress(b"GIMP 2.10")
    return {
        b"tEXt": b"Software\0GIMP 2.10",
        b"zTXt": b"Software\0\0" + packed,
        b"iTXt": b"Software\0\1\0en\0\0" + packed,
    }[kind]


XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
RESOURCES = b"Photoshop 3.0\x008BIM\x04\x21\0\0\0\0\0\x00"
CREATOR = xmp('<rdf:Description xmp:CreatorTool="GIMP 2.10"/>')


@pytest.mark.parametrize(
    ("content", "software"),
    [
        (png((b"tEXt", png_software(b"tEXt"))), "GIMP 2.10"),
        (png((b"zTXt", png_software(b"zTXt"))), "GIMP 2.10"),
        (png((b"iTXt", png_software(b"iTXt"))), "GIMP 2.10"),
        (png((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + CREATOR)), "GIMP 2.10"),
        (jpeg(jpeg_segment(0xE1, XMP_HEAD + CREATOR)), "GIMP 2.10"),
        (webp_of(COLOURED, xmp=CREATOR), "GIMP 2.10"),
        (heif(CREATOR), "GIMP 2.10"),
        (
            jpeg(
                jpeg_segment(
                    0xE1, XMP_HEAD + xmp("<stEvt:softwareAgent>Krita</stEvt:softwareAgent>")
                )
            ),
            "Krita",
        ),
        (jpeg(jpeg_segment(0xED, RESOURCES)), "Adobe Photoshop"),
        (jpeg(jpeg_segment(0xEB, b"JP\0\0\0\0\0\1" + manifest())), "make_test/1.0"),
        (png((b"caBX", manifest(program=b"Tool"))), "Tool"),
        (pdf_with("/Producer(Skia/PDF m120)"), "Skia/PDF m120"),
        (pdf_with("/Creator(Canva)"), "Canva"),
    ],
)
def test_programs_are_named_wherever_they_sign(content, software):
    assert read_provenance(content).software == (software,)


def test_a_short_claim_generator_in_a_map_is_named():
    info = b"c2pa\x74claim_generator_info\x81\xa1\x64name\x67Firefly"

    found = read_provenance(png((b"caBX", info)))

    assert (found.software, found.ai_marks) == (("Firefly",), ("generator-name",))


@pytest.mark.parametrize(
    ("content", "marks"),
    [
        *(
            pytest.param(
                png((b"tEXt", keyword + b"\0a passport")), ("png-prompt",), id=str(keyword)
            )
            for keyword in (b"parameters", b"prompt", b"workflow", b"Dream")
        ),
        (png((b"tEXt", b"Comment\0a passport")), ()),
        (png((b"tEXt", b"Software\0NovelAI")), ("generator-name",)),
        (
            jpeg(
                jpeg_segment(
                    0xE1, XMP_HEAD + xmp(f'x:DigitalSourceType="{AI}trainedAlgorithmicMedia"')
                )
            ),
            ("xmp-trained-algorithmic-media",),
        ),
        (
            jpeg(jpeg_segment(0xE1, XMP_HEAD + xmp('photoshop:Credit="Made with Google AI"'))),
            ("generator-name",),
        ),
        (
            png((b"caBX", manifest(source="compositeWithTrainedAlgorithmicMedia"))),
            ("c2pa-composite-with-trained-algorithmic-media",),
        ),
        (png((b"caBX", manifest(source="digitalCapture"))), ()),
        (
            png((b"caBX", manifest(source="trainedAlgorithmicMedia", program=b"OpenAI-API"))),
            ("c2pa-trained-algorithmic-media", "generator-name"),
        ),
    ],
)
def test_marks_of_generators_are_recognised_by_their_position(content, marks):
    assert read_provenance(content).ai_marks == marks


def test_settings_in_an_exif_comment_are_a_prompt():
    found = exif()
    found.get_ifd(34665)[37510] = b"UNICODE\0" + "a card\nSteps: 20, Sampler: Euler".encode(
        "utf-16be"
    )

    assert read_provenance(file(COLOURED, "JPEG", exif=found)).ai_marks == ("exif-prompt",)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(jpeg(jpeg_segment(0xEB, b"JP\0\0\0\0\0\1" + manifest())), id="JPEG"),
        pytest.param(png((b"caBX", manifest())), id="PNG"),
        pytest.param(heif(b"\0\0\1\0uuid" + C2PA_BOX + manifest()), id="HEIF"),
        pytest.param(pdf() + manifest(), id="PDF"),
    ],
)
def test_content_credentials_are_seen(content):
    assert read_provenance(content).content_credentials
    assert not read_provenance(
        content.replace(b"c2pa", b"none").replace(C2PA_BOX, b"")
    ).content_credentials


@pytest.mark.parametrize(
    ("content", "updates"),
    [
        (pdf(), 0),
        (pdf_with(), 1),
        (pdf_with(updates=2), 3),
        (pdf_with(head="%/Linearized 1\n"), 0),
        (pdf().replace(b"%%EOF", b""), 0),
    ],
)
def test_each_update_of_a_pdf_leaves_an_end(content, updates):
    assert read_provenance(content).pdf_updates == updates


@pytest.mark.parametrize(
    ("created", "changed", "days"),
    [
        ("D:20260101000000Z", "D:20260103120000Z", 2.5),
        ("D:20260101000000+02'00'", "D:20260101000000-02'00'", 4 / 24),
        ("D:20260101000000", "D:20260101000000Z", 0),
        ("D:20261301000000Z", "D:20260101000000Z", None),
        ("D:20260101000000+99'00'", "D:20260101000000Z", None),
        ("D:00010101000000+14'00'", "D:20260101000000Z", None),
        ("D:20260101000000Z", "D:99991231235959-14'00'", None),
        ("yesterday", "D:20260101000000Z", None),
        ("D:20260101000000Z", "", None),
    ],
)
def test_time_between_creation_and_change_is_in_days(created, changed, days):
    found = read_provenance(pdf_with(f"/CreationDate({created})/ModDate({changed})"))

    assert found.pdf_changed_days == pytest.approx(days)


def with_text():
    text = b"BT /F1 12 Tf 10 10 Td (HELLO) Tj ET"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font<</F1 "
    page += b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"
    content = pdf()
    start = content.index(b"3 0 obj")
    end = content.index(b"endobj", start)
    stream = b"endobj\n4 0 obj\n<</Length %d>>stream\n%s\nendstream\n" % (len(text), text)
    return content[:start] + b"3 0 obj\n" + page + b"\n" + stream + content[end:]


def test_a_text_layer_is_seen():
    assert read_provenance(with_text()).text_layer
    assert not read_provenance(scan()).text_layer


def test_a_damaged_page_hides_nothing_else():
    broken = pdf(["[0 0 72 36]"] * 2).replace(b"3 0 obj\n<</Type/Page", b"3 0 obj\n<</Typo/Pagx")

    assert read_provenance(broken).format == "PDF"


@pytest.mark.parametrize(
    "content",
    [
        file(COLOURED, "JPEG", exif=exif(artist=CANARY, title=CANARY), comment=CANARY.encode()),
        png((b"tEXt", b"Author\0" + CANARY.encode()), (b"tEXt", b"Title\0" + CANARY.encode())),
        pdf_with(f"/Title({CANARY})/Author({CANARY})/Creator(Word - {CANARY})"),
        pdf_with(f"/Creator({CANARY}.docx)/Producer({CANARY}@example.org)"),
        jpeg(jpeg_segment(0xE1, XMP_HEAD + xmp(f'dc:creator="{CANARY}" xmp:Owner="{CANARY}"'))),
    ],
    ids=["EXIF", "PNG", "PDF", "names of files", "XMP"],
)
def test_persons_and_file_names_are_not_kept(content):
    assert CANARY not in repr(read_provenance(content))


def test_a_name_is_cut_to_what_can_be_printed():
    (name,) = read_provenance(png((b"tEXt", b"Software\0A\x1b[31m\n" + b"b" * 999))).software

    assert name.isprintable()
    assert len(name) == 64


def test_no_more_programs_are_kept_than_the_limit():
    many = [(b"tEXt", b"Software\0Tool %d" % number) for number in range(40)]

    assert len(read_provenance(png(*many)).software) == 8


def test_compressed_metadata_is_decompressed_within_a_limit():
    bomb = b"Software\0\0" + zlib.compress(bytes(300 * MAX_NOTE))

    assert (
        read_provenance(png((b"zTXt", bomb), (b"zTXt", b"Software\0\0no deflate"))).software == ()
    )


def test_parts_packets_and_entries_beyond_the_limit_are_ignored():
    assert read_provenance(b"\xff\xd8" + b"\xff\xe0\0\2" * 9999).software == ()
    assert read_provenance(png(*[(b"teXt", b"")] * 2500)).size == (90, 40)
    assert read_provenance(heif(CREATOR * 500)).software == ("GIMP 2.10",)


FILES = [
    file(COLOURED, "JPEG", exif=CAMERA),
    jpeg(
        jpeg_segment(0xE1, XMP_HEAD + CREATOR), jpeg_segment(0xEB, b"JP\0\0\0\0\0\1" + manifest())
    ),
    png((b"zTXt", png_software(b"zTXt")), (b"caBX", manifest())),
    webp_of(COLOURED, exif=CAMERA, xmp=CREATOR),
    file(PLAIN, "TIFF", tiffinfo=CAMERA),
    heif(b"\0\0\0\0" + CAMERA.tobytes(), CREATOR),
    pdf_with("/Producer(Any)/CreationDate(D:20260101000000Z)/ModDate(D:20260101000000Z)"),
    scan(),
    with_text(),
]
CHANGE = st.tuples(st.integers(0, 2000), st.binary(min_size=1, max_size=4))


@examples(300)
@given(st.sampled_from(FILES), st.lists(CHANGE, max_size=6), st.integers(0, 3000))
def test_any_damage_gives_a_provenance(content, changes, length):
    for place, new in changes:
        content = content[:place] + new + content[place + len(new) :]
    found = read_provenance(content[:length])

    assert all(each.isprintable() and 0 < len(each) <= 64 for each in found.software)


@given(
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"%PDF-1.7\n"])
    | st.sampled_from([b"RIFF\0\0\0\0WEBP", b"\0\0\0\x18ftypheic"]),
    st.binary(max_size=400),
)
def test_any_bytes_give_a_provenance(start, rest):
    assert isinstance(read_provenance(start + rest), Provenance)
