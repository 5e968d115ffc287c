"""Receipt from a shop: an upload that is not an identity document."""

from PIL import Image, ImageDraw

from specimens.lettering import load_ocrb, load_sans, write

WIDTH, HEIGHT = 850, 1500
INK = (52, 52, 58)
MARGIN = 70

ITEMS = (
    ("RYE BREAD 750 G", "3.40"),
    ("FARM BUTTER", "2.85"),
    ("APPLES 1.2 KG", "4.10"),
    ("OAT MILK 2 X 1.95", "3.90"),
    ("LEMON SOAP", "1.75"),
    ("CANDLES, BOX OF 12", "6.20"),
)
TOTAL = "22.20"


def draw_receipt() -> Image.Image:
    """Draw the receipt, with its lower edge torn off."""
    paper = Image.new("RGBA", (WIDTH, HEIGHT), (250, 249, 245, 255))
    draw = ImageDraw.Draw(paper)
    _write_head(draw)
    y = _write_items(draw, 470)
    _write_payment(draw, y + 100)
    _draw_bars(draw, HEIGHT - 250)
    _tear(paper)
    return paper


def _write_head(draw: ImageDraw.ImageDraw) -> None:
    middle = WIDTH / 2
    write(draw, (middle, 130), "THE CORNER GROCER", load_sans(62), INK, anchor="ms", weight=1)
    write(draw, (middle, 190), "7 Harbour Steps, Eldermere", load_sans(34), INK, anchor="ms")
    write(draw, (middle, 236), "Open daily 8 to 20", load_sans(34), INK, anchor="ms")
    write(draw, (MARGIN, 340), "RECEIPT 004417", load_ocrb(36), INK)
    write(draw, (WIDTH - MARGIN, 340), "TILL 2", load_ocrb(36), INK, anchor="rs")
    _draw_rule(draw, 385)


def _write_items(draw: ImageDraw.ImageDraw, y: int) -> int:
    for name, price in ITEMS:
        _write_row(draw, y, name, price, 36)
        y += 66
    _draw_rule(draw, y - 20)
    _write_row(draw, y + 60, "TOTAL", TOTAL, 52)
    return y + 60


def _write_payment(draw: ImageDraw.ImageDraw, y: int) -> None:
    _write_row(draw, y, "CASH", "25.00", 36)
    _write_row(draw, y + 60, "CHANGE", "2.80", 36)
    write(draw, (WIDTH / 2, y + 170), "Thank you, see you soon!", load_sans(36), INK, anchor="ms")


def _write_row(draw: ImageDraw.ImageDraw, y: int, name: str, price: str, size: int) -> None:
    write(draw, (MARGIN, y), name, load_ocrb(size), INK)
    write(draw, (WIDTH - MARGIN, y), price, load_ocrb(size), INK, anchor="rs")


def _draw_rule(draw: ImageDraw.ImageDraw, y: int) -> None:
    for x in range(MARGIN, WIDTH - MARGIN, 24):
        draw.line((x, y, x + 13, y), INK, 3)


def _draw_bars(draw: ImageDraw.ImageDraw, y: int) -> None:
    """Draw bars that look like a barcode but encode nothing."""
    x = 190
    for step in range(52):
        thick = 3 + 3 * ((step * 7) % 5 > 2)
        draw.rectangle((x, y, x + thick, y + 110), INK)
        x += thick + 4 + (step * 5) % 3


def _tear(paper: Image.Image) -> None:
    draw = ImageDraw.Draw(paper)
    for x in range(0, WIDTH, 26):
        draw.polygon(((x, HEIGHT), (x + 13, HEIGHT - 18), (x + 26, HEIGHT)), (0, 0, 0, 0))
