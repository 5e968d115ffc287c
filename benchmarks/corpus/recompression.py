"""Ways in which an image is sent before the upload: each one reduces it and saves it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from random import Random
from types import MappingProxyType

from PIL import Image

MESSAGING_SIDE, MESSAGING_QUALITY = 1600, 70
SECOND_SIDES, SECOND_QUALITIES = (1280, 1600), (60, 80)
SCREEN_WIDTHS = (1170, 1440)  # pixels of the shorter side of a phone
SCREEN_SHAPE = 2.1  # longer side by shorter side
CROPPED = 15  # pixels at most that a second app cuts off at each side: the blocks of JPEG move

Way = Callable[[bytes, Random], bytes]


def save(image: Image.Image, quality: int) -> bytes:
    """Save an image as JPEG."""
    content = BytesIO()
    image.save(content, "JPEG", quality=quality)
    return content.getvalue()


def send_by_messenger(content: bytes, _: Random | None = None) -> bytes:
    """Reduce and save an image as messaging apps do."""
    image = _open(content)
    image.thumbnail((MESSAGING_SIDE, MESSAGING_SIDE), Image.Resampling.BOX)
    return save(image, MESSAGING_QUALITY)


def forward(content: bytes, chance: Random) -> bytes:
    """Send an image by a messenger, crop it, and send it by another one."""
    image = _open(send_by_messenger(content))
    left, top, right, bottom = (chance.randint(0, CROPPED) for _ in range(4))
    image = image.crop((left, top, image.width - right, image.height - bottom))
    side = chance.randint(*SECOND_SIDES)
    image.thumbnail((side, side), Image.Resampling.BICUBIC)
    return save(image, chance.randint(*SECOND_QUALITIES))


def send_screenshot(content: bytes, chance: Random) -> bytes:
    """Show an image on a phone, held upright or sideways to fit it, and send a screenshot."""
    image = _open(content)
    width = chance.randint(*SCREEN_WIDTHS)
    screen = Image.new("RGB", (width, round(SCREEN_SHAPE * width)))
    if image.width > image.height:
        screen = screen.transpose(Image.Transpose.ROTATE_90)
    scale = min(screen.width / image.width, screen.height / image.height)
    size = round(scale * image.width), round(scale * image.height)
    shown = image.resize(size, Image.Resampling.BILINEAR)
    screen.paste(shown, ((screen.width - size[0]) // 2, (screen.height - size[1]) // 2))
    return send_by_messenger(save(screen, 95))


WAYS: Mapping[str, Way] = MappingProxyType(
    {
        "sent by a messenger": send_by_messenger,
        "forwarded by a second one": forward,
        "sent as a screenshot": send_screenshot,
    }
)
"""The ways, by name."""


def _open(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content)).convert("RGB")
