"""Laws are tried on examples; how long one takes on a busy machine is no law."""

from hypothesis import settings

settings.register_profile("docverify", deadline=None)
settings.load_profile("docverify")
